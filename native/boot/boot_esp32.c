/* `boot` over ESP-IDF 5 and later. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app_update/include/esp_ota_ops.h"
#include "esp_attr.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "xsmc.h"

#define LONGEST 60000 /* milliseconds: the range of CONFIG_ESP_TASK_WDT_TIMEOUT_S */

/*
 * The SDK restarts the chip by esp_restart() when XS gives up, which ESP-IDF then calls a restart by software. Those
 * that are meant leave a mark in memory that such a restart does not clear.
 */
#define MEANT 0x6d656e74u
static RTC_NOINIT_ATTR uint32_t restartMark;

static void restart(void) {
	restartMark = MEANT;
	esp_restart();
}

void xs_boot_reason(xsMachine *the) {
	/* Kept: the mark is for one start only. */
	static const char *reason;
	if (!reason) {
		switch (esp_reset_reason()) {
			case ESP_RST_POWERON: reason = "power"; break;
			case ESP_RST_EXT: reason = "button"; break;
			case ESP_RST_SW: reason = restartMark == MEANT ? "restart" : "panic"; break;
			case ESP_RST_PANIC: reason = "panic"; break;
			case ESP_RST_INT_WDT:
			case ESP_RST_TASK_WDT:
			case ESP_RST_WDT: reason = "watchdog"; break;
			case ESP_RST_BROWNOUT: reason = "brownout"; break;
			default: reason = "other"; break;
		}
		restartMark = 0;
	}
	xsmcSetString(xsResult, (char *)reason);
}

/* Memory that a reset leaves as it is has any content after the power was off: only a value and its complement count.
 */
static RTC_NOINIT_ATTR uint32_t noteValue;
static RTC_NOINIT_ATTR uint32_t noteComplement;

static void note(uint32_t value) {
	noteValue = value;
	noteComplement = ~value;
}

/* What the last run noted; to be called before this one notes anything. */
static uint32_t takeNote(void) {
	static bool taken;
	static uint32_t value;
	if (!taken) {
		taken = true;
		value = noteValue == (uint32_t)~noteComplement ? noteValue : 0;
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
	xsmcSetString(xsResult, (char *)esp_ota_get_running_partition()->label);
}

void xs_boot_pending(xsMachine *the) {
	esp_ota_img_states_t state;
	xsmcSetBoolean(xsResult, esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK &&
	                             state == ESP_OTA_IMG_PENDING_VERIFY);
}

void xs_boot_confirm(xsMachine *the) {
	if (esp_ota_mark_app_valid_cancel_rollback() != ESP_OK) {
		xsUnknownError("not confirmed");
	}
}

void xs_boot_rollback(xsMachine *the) {
	restartMark = MEANT;
	esp_ota_mark_app_invalid_rollback_and_reboot();
	/* It returned: nothing that could run instead. */
	restartMark = 0;
	xsUnknownError("no other firmware");
}

void xs_boot_restart(xsMachine *the) {
	(void)the;
	restart();
}

void xs_boot_watch(xsMachine *the) {
	xsNumberValue milliseconds = xsmcToNumber(xsArg(0));
	if (!(milliseconds >= 1000 && milliseconds <= LONGEST)) {
		xsRangeError("1000 to 60000 milliseconds");
	}
	/* Not the idle tasks: XS's task may compute for long, and is itself what is watched. */
	const esp_task_wdt_config_t config = {
	    .timeout_ms = (uint32_t)milliseconds,
	    .idle_core_mask = 0,
	    .trigger_panic = true,
	};
	/* The first fails when the SDK's start has not set it up. */
	if (esp_task_wdt_reconfigure(&config) != ESP_OK && esp_task_wdt_init(&config) != ESP_OK) {
		xsUnknownError("no watchdog");
	}
	if (esp_task_wdt_status(NULL) != ESP_OK && esp_task_wdt_add(NULL) != ESP_OK) {
		xsUnknownError("no watchdog");
	}
	esp_task_wdt_reset();
}

void xs_boot_feed(xsMachine *the) {
	(void)the;
	esp_task_wdt_reset();
}
