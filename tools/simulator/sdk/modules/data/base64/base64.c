#include "natives.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static xsIntegerValue encodedLength(xsUnsignedValue length) {
	return (xsIntegerValue)((length + 2) / 3 * 4);
}

void xs_base64_encode(xsMachine *the) {
	const uint8_t *bytes;
	xsUnsignedValue length;
	bool text = xsmcTypeOf(xsArg(0)) != xsReferenceType;
	if (text)
		length = (xsUnsignedValue)strlen(xsmcToString(xsArg(0)));
	else
		xsmcGetBufferReadable(xsArg(0), (void **)&bytes, &length);
	xsmcSetStringBuffer(xsResult, NULL, encodedLength(length));
	/* The result's memory may have moved the source. */
	if (text)
		bytes = (const uint8_t *)xsmcToString(xsArg(0));
	else
		xsmcGetBufferReadable(xsArg(0), (void **)&bytes, &length);
	char *out = xsmcToString(xsResult);
	for (xsUnsignedValue i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16;
		if (i + 1 < length)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < length)
			group |= bytes[i + 2];
		*out++ = alphabet[group >> 18];
		*out++ = alphabet[(group >> 12) & 63];
		*out++ = i + 1 < length ? alphabet[(group >> 6) & 63] : '=';
		*out++ = i + 2 < length ? alphabet[group & 63] : '=';
	}
	*out = 0;
}

static int value(char c) {
	const char *found = c ? strchr(alphabet, c) : NULL;
	return found ? (int)(found - alphabet) : -1;
}

void xs_base64_decode(xsMachine *the) {
	const char *text = xsmcToString(xsArg(0));
	size_t length = strlen(text);
	if (length % 4)
		xsSyntaxError("base64: length");
	size_t padding = length && text[length - 1] == '=' ? (text[length - 2] == '=' ? 2 : 1) : 0;
	for (size_t i = 0; i < length - padding; i++) {
		if (value(text[i]) < 0)
			xsSyntaxError("base64: character");
	}
	xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)(length / 4 * 3 - padding));
	text = xsmcToString(xsArg(0));
	uint8_t *out = xsmcToArrayBuffer(xsResult);
	for (size_t i = 0; i < length; i += 4) {
		uint32_t group = 0;
		for (size_t j = 0; j < 4; j++)
			group = group << 6 | (text[i + j] == '=' ? 0 : (uint32_t)value(text[i + j]));
		*out++ = (uint8_t)(group >> 16);
		if (text[i + 2] != '=')
			*out++ = (uint8_t)(group >> 8);
		if (text[i + 3] != '=')
			*out++ = (uint8_t)group;
	}
}
