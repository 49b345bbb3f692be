/*
 * The one place where bytes of the model are read. file_* reads what the file is made of, which is little-endian;
 * bytes_* reads the values of an operand, wherever they lie: on big-endian machines never in the model, but in a copy
 * that has the machine's order, as computed values have.
 *
 * On the ESP8266 the model lies in flash that faults on anything but aligned 32-bit loads; there (ENGINE_WORD_READS)
 * each read is a word, which the compiler may not narrow: it has to be in a register whole. (A volatile word would do,
 * but each costs a second instruction on Xtensa, MEMW.)
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

/*
 * Constants that operators read as memory are copied into the arena first; on big-endian machines all are, in the
 * machine's order of bytes.
 */
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
	uint16_t value;
	memcpy(&value, __builtin_assume_aligned(at, sizeof value), sizeof value);
	return value;
}

/* `at` is a multiple of 4 */
static inline uint32_t bytes_u32(const void *at) {
	uint32_t value;
	memcpy(&value, __builtin_assume_aligned(at, sizeof value), sizeof value);
	return value;
}

#endif

/* `at` is a multiple of 4 */
static inline uint64_t bytes_u64(const uint8_t *at) {
	return (uint64_t)bytes_u32(at + 4 * ENGINE_BIG_ENDIAN) | (uint64_t)bytes_u32(at + 4 - 4 * ENGINE_BIG_ENDIAN) << 32;
}

static inline float bytes_as_f32(uint32_t bits) {
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static inline float bytes_f32(const void *at) {
	return bytes_as_f32(bytes_u32(at));
}

/* aligned as bytes_u16, bytes_u32 and bytes_f32 */
static inline uint16_t file_u16(const void *at) {
#if ENGINE_BIG_ENDIAN
	return __builtin_bswap16(bytes_u16(at));
#else
	return bytes_u16(at);
#endif
}

static inline uint32_t file_u32(const void *at) {
#if ENGINE_BIG_ENDIAN
	return __builtin_bswap32(bytes_u32(at));
#else
	return bytes_u32(at);
#endif
}

static inline float file_f32(const void *at) {
	return bytes_as_f32(file_u32(at));
}

#endif
