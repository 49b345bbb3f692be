/*
 * The one place where bytes of the model are read: they are little-endian. On the ESP8266 the model lies in flash that
 * faults on anything but aligned 32-bit loads; there (ENGINE_WORD_READS) each read is a word, which the compiler may
 * not narrow: it has to be in a register whole. (A volatile word would do, but each costs a second instruction on
 * Xtensa, MEMW.)
 */
#ifndef ENGINE_BYTES_H
#define ENGINE_BYTES_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ENGINE_BIG_ENDIAN 1
#else
#define ENGINE_BIG_ENDIAN 0
#endif

/* Moddable's builds for the ESP8266 and the ESP32 both define __ets__; the ESP32's flash has byte access. */
#if (defined(__ets__) || defined(__XTENSA__)) && !defined(ESP32) && !defined(ESP_PLATFORM) &&                          \
    !defined(ENGINE_WORD_READS)
#define ENGINE_WORD_READS 1
#endif

/* Constants that operators read as memory are copied into the arena first, in the machine's order of bytes. */
#if defined(ENGINE_WORD_READS) || ENGINE_BIG_ENDIAN
#define ENGINE_COPIES_CONSTANTS 1
#endif

#ifdef ENGINE_WORD_READS

#if ENGINE_BIG_ENDIAN
#error "word reads are for little-endian machines"
#endif

typedef uint32_t __attribute__((may_alias)) bytes_any_word;

/* `at` is a multiple of 4 */
static inline uint32_t bytes_u32(const void *at) {
	uint32_t word = *(const bytes_any_word *)at;
	__asm__("" : "+r"(word));
	return word;
}

static inline uint32_t bytes_word(const void *at) {
	return bytes_u32((const void *)((uintptr_t)at & ~(uintptr_t)3));
}

static inline uint8_t bytes_u8(const void *at) {
	return (uint8_t)(bytes_word(at) >> (8 * ((uintptr_t)at & 3)));
}

/* `at` is even */
static inline uint16_t bytes_u16(const void *at) {
	return (uint16_t)(bytes_word(at) >> (8 * ((uintptr_t)at & 2)));
}

#else

static inline uint8_t bytes_u8(const void *at) {
	return *(const uint8_t *)at;
}

/* `at` is even; told to compilers, which else read bytes where words must be aligned, as on Xtensa */
static inline uint16_t bytes_u16(const void *at) {
#if ENGINE_BIG_ENDIAN
	const uint8_t *bytes = at;
	return (uint16_t)(bytes[0] | bytes[1] << 8);
#else
	uint16_t value;
	memcpy(&value, __builtin_assume_aligned(at, sizeof value), sizeof value);
	return value;
#endif
}

/* `at` is a multiple of 4 */
static inline uint32_t bytes_u32(const void *at) {
#if ENGINE_BIG_ENDIAN
	const uint8_t *bytes = at;
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
#else
	uint32_t value;
	memcpy(&value, __builtin_assume_aligned(at, sizeof value), sizeof value);
	return value;
#endif
}

#endif

/* An entry of a table of the engine itself, which may lie in flash as the model does. */
static inline uint16_t bytes_table_u16(const uint16_t *at) {
#ifdef ENGINE_WORD_READS
	return bytes_u16(at);
#else
	return *at;
#endif
}

static inline float bytes_f32(const void *at) {
	uint32_t bits = bytes_u32(at);
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

#endif
