#pragma once
#include <stdbool.h>
#include <stdint.h>

enum rst_reason {
	REASON_DEFAULT_RST,
	REASON_WDT_RST,
	REASON_EXCEPTION_RST,
	REASON_SOFT_WDT_RST,
	REASON_SOFT_RESTART,
	REASON_DEEP_SLEEP_AWAKE,
	REASON_EXT_SYS_RST,
};

struct rst_info {
	uint32_t reason;
};

struct rst_info *system_get_rst_info(void);
void system_restart(void);
void system_soft_wdt_feed(void);
bool system_rtc_mem_read(uint8_t block, void *bytes, uint16_t length);
bool system_rtc_mem_write(uint8_t block, const void *bytes, uint16_t length);

enum {
	STATION_IDLE,
	STATION_CONNECTING,
	STATION_WRONG_PASSWORD,
	STATION_NO_AP_FOUND,
	STATION_CONNECT_FAIL,
	STATION_GOT_IP,
};

uint8_t wifi_station_get_connect_status(void);
