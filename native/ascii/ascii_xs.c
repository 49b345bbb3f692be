/* Text of network protocols: found, checked and converted where its bytes lie. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"

/* The bits of a token's characters (RFC 9110, 5.6.2), 32 to a word. */
static const uint32_t tokenBits[4] = {0x00000000, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};

static bool isToken(uint8_t byte) {
	return byte < 0x80 && (tokenBits[byte >> 5] >> (byte & 31) & 1);
}

static bool isBlank(uint8_t byte) {
	return 0x20 == byte || 0x09 == byte;
}

static bool isText(uint8_t byte) {
	return (byte >= 0x20 && byte < 0x7f) || 0x09 == byte;
}

/* (bytes, start): the index of the first byte below 0x20 from `start` on; the length when there is none. */
void xs_ascii_control(xsMachine *the) {
	/* Conversions first, here and below: one that runs JavaScript may move the bytes. */
	xsIntegerValue start = xsmcToInteger(xsArg(1));
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (start < 0)
		xsRangeError("invalid range");
	const uint8_t *bytes = data;
	xsUnsignedValue at = (xsUnsignedValue)start;
	while (at < length && bytes[at] >= 0x20)
		at++;
	xsmcSetInteger(xsResult, (xsIntegerValue)at);
}

/* (text, bytes): whether the text is the bytes' lower-case hexadecimal digits, in a time that tells its length only. */
void xs_ascii_hex(xsMachine *the) {
	static const char digits[] = "0123456789abcdef";
	const char *text = xsmcToString(xsArg(0));
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(1), &data, &length);
	const uint8_t *bytes = data;
	bool equal = strlen(text) == 2 * (size_t)length;
	if (equal) {
		int difference = 0;
		for (xsUnsignedValue i = 0; i < length; i++) {
			difference |= text[2 * i] ^ digits[bytes[i] >> 4];
			difference |= text[2 * i + 1] ^ digits[bytes[i] & 15];
		}
		equal = 0 == difference;
	}
	xsmcSetBoolean(xsResult, equal);
}

/* The text of count bytes from start on. */
static void setText(xsMachine *the, xsIntegerValue start, xsIntegerValue count, bool lower) {
	xsmcSetStringBuffer(xsResult, NULL, count);
	/* What allocates may move the bytes. */
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	const uint8_t *bytes = (const uint8_t *)data + start;
	char *text = xsmcToString(xsResult);
	for (xsIntegerValue i = 0; i < count; i++)
		text[i] = (char)(lower && bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] | 0x20 : bytes[i]);
}

/* (bytes, start, end): the text of bytes[start, end) without blanks around it; undefined when a byte is no text. */
void xs_ascii_text(xsMachine *the) {
	xsIntegerValue start = xsmcToInteger(xsArg(1));
	xsIntegerValue end = xsmcToInteger(xsArg(2));
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (start < 0 || end < start || (xsUnsignedValue)end > length)
		xsRangeError("invalid range");
	const uint8_t *bytes = data;
	while (start < end && isBlank(bytes[start]))
		start++;
	while (start < end && isBlank(bytes[end - 1]))
		end--;
	for (xsIntegerValue i = start; i < end; i++) {
		if (!isText(bytes[i]))
			return;
	}
	setText(the, start, end - start, false);
}

/* (bytes, start): the lower-case token that begins there; empty when none does. */
void xs_ascii_token(xsMachine *the) {
	xsIntegerValue start = xsmcToInteger(xsArg(1));
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (start < 0)
		xsRangeError("invalid range");
	const uint8_t *bytes = data;
	xsIntegerValue end = start;
	while ((xsUnsignedValue)end < length && isToken(bytes[end]))
		end++;
	setText(the, start, end - start, true);
}
