/* `boot` on the ESP8266: what its SDK (NONOS, user_interface.h) offers. One slot, and a watchdog that is always on. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user_interface.h"
#include "xsmc.h"

/* Of the Moddable SDK's runtime: lets the chip's own task run. */
extern void esp_yield(void);

/*
 * The Moddable SDK restarts the chip by system_restart() when XS gives up. Those restarts that are meant leave a mark
 * in memory that a restart does not clear, in the last but one of the blocks of 4 bytes that are a program's (64 to
 * 191).
 */
#define MEANT 0x6d656e74u
#define MARK_BLOCK 190

static void mark(uint32_t value) {
	system_rtc_mem_write(MARK_BLOCK, &value, sizeof(value));
}

void xs_boot_reason(xsMachine *the) {
	/* Kept: the mark is for one start only. */
	static const char *reason;
	if (!reason) {
		uint32_t left = 0;
		system_rtc_mem_read(MARK_BLOCK, &left, sizeof(left));
		mark(0);
		switch (system_get_rst_info()->reason) {
			case REASON_DEFAULT_RST: reason = "power"; break;
			case REASON_EXT_SYS_RST: reason = "button"; break;
			case REASON_SOFT_RESTART: reason = left == MEANT ? "restart" : "panic"; break;
			case REASON_EXCEPTION_RST: reason = "panic"; break;
			case REASON_WDT_RST:
			case REASON_SOFT_WDT_RST: reason = "watchdog"; break;
			default: reason = "other"; break;
		}
	}
	xsmcSetString(xsResult, (char *)reason);
}

/* After the power was off that memory has any content: only a value and its complement count. */
#define NOTE_BLOCK 188

static void note(uint32_t value) {
	uint32_t both[2] = {value, ~value};
	system_rtc_mem_write(NOTE_BLOCK, both, sizeof(both));
}

/* What the last run noted; to be called before this one notes anything. */
static uint32_t takeNote(void) {
	static bool taken;
	static uint32_t value;
	if (!taken) {
		uint32_t both[2] = {0, 0};
		taken = true;
		system_rtc_mem_read(NOTE_BLOCK, both, sizeof(both));
		value = both[0] == (uint32_t)~both[1] ? both[0] : 0;
		note(0);
	}
	return value;
}

void xs_boot_noted(xsMachine *the) {
	xsmcSetNumber(xsResult, (xsNumberValue)takeNote());
}

void xs_boot_note(xsMachine *the) {
	takeNote();
	note((uint32_t)xsmcToNumber(xsArg(0)));
}

void xs_boot_slot(xsMachine *the) {
	xsmcSetString(xsResult, "factory");
}

void xs_boot_pending(xsMachine *the) {
	xsmcSetBoolean(xsResult, false);
}

void xs_boot_confirm(xsMachine *the) {
	(void)the;
}

void xs_boot_rollback(xsMachine *the) {
	xsUnknownError("no other firmware");
}

void xs_boot_restart(xsMachine *the) {
	(void)the;
	mark(MEANT);
	system_restart();
	for (;;) {
		esp_yield(); /* it comes a little later */
	}
}

void xs_boot_watch(xsMachine *the) {
	xsNumberValue milliseconds = xsmcToNumber(xsArg(0));
	if (!(milliseconds >= 1000 && milliseconds <= 60000)) {
		xsRangeError("1000 to 60000 milliseconds");
	}
}

void xs_boot_feed(xsMachine *the) {
	(void)the;
	system_soft_wdt_feed();
}
