/* CRC-32 (IEEE 802.3: reflected, polynomial 0xEDB88320) by nibbles: a table of 64 bytes in place of 1,024. */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"
#include "mc.xs.h"

static const uint32_t table[16] = {
    0x00000000,
    0x1db71064,
    0x3b6e20c8,
    0x26d930ac,
    0x76dc4190,
    0x6b6b51f4,
    0x4db26158,
    0x5005713c,
    0xedb88320,
    0xf00f9344,
    0xd6d6a3e8,
    0xcb61b38c,
    0x9b64c2b0,
    0x86d3d2d4,
    0xa00ae278,
    0xbdbdf21c,
};

/* (bytes, start, end): the checksum of bytes[start, end) as an unsigned 32-bit number. */
void xs_crc32(xsMachine *the) {
	/* Conversions first: one that runs JavaScript may move the bytes. */
	xsIntegerValue start = xsmcToInteger(xsArg(1));
	xsIntegerValue end = xsmcToInteger(xsArg(2));
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (start < 0 || end < start || (xsUnsignedValue)end > length)
		xsRangeError("invalid range");
	const uint8_t *bytes = data;
	uint32_t crc = 0xffffffff;
	for (xsIntegerValue i = start; i < end; i++) {
		crc ^= bytes[i];
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	xsmcSetNumber(xsResult, (xsNumberValue)(uint32_t)~crc);
}
