/* Standard output: one JSON object a line. */
#include "host.h"

static char buffer[65536];
static size_t used;

void simOutputFlush(void) {
	size_t offset = 0;
	while (offset < used) {
		ssize_t written = write(STDOUT_FILENO, buffer + offset, used - offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			exit(74); /* EX_IOERR: nobody reads */
		offset += (size_t)written;
	}
	used = 0;
}

static void put(const char *bytes, size_t length) {
	while (length) {
		size_t room = sizeof(buffer) - used;
		size_t count = length < room ? length : room;
		memcpy(buffer + used, bytes, count);
		used += count;
		bytes += count;
		length -= count;
		if (used == sizeof(buffer))
			simOutputFlush();
	}
}

void simOutput(const char *text) {
	put(text, strlen(text));
}

void simOutputNumber(double value) {
	char text[32];
	put(text, (size_t)snprintf(text, sizeof(text), "%.17g", value));
}

/* XS writes U+0000 as C0 80 and a lone surrogate as the three bytes that UTF-8 forbids. */
void simOutputString(const char *text) {
	const unsigned char *p = (const unsigned char *)text;
	const unsigned char *start = p;
	char escape[16];
	put("\"", 1);
	while (*p) {
		int length = 0;
		const unsigned char *after = p + 1;
		if (*p == '"' || *p == '\\')
			length = snprintf(escape, sizeof(escape), "\\%c", *p);
		else if (*p == '\n')
			length = snprintf(escape, sizeof(escape), "\\n");
		else if (*p < 0x20 || *p == 0x7F)
			length = snprintf(escape, sizeof(escape), "\\u%04x", *p);
		else if (*p == 0xC0 && p[1] == 0x80) {
			length = snprintf(escape, sizeof(escape), "\\u0000");
			after = p + 2;
		}
		else if (*p == 0xED && p[1] >= 0xA0 && p[2]) {
			length = snprintf(escape, sizeof(escape), "\\u%04x", 0xD000 | ((p[1] & 0x3F) << 6) | (p[2] & 0x3F));
			after = p + 3;
		}
		if (length) {
			put((const char *)start, (size_t)(p - start));
			put(escape, (size_t)length);
			start = after;
		}
		p = after;
	}
	put((const char *)start, (size_t)(p - start));
	put("\"", 1);
}
