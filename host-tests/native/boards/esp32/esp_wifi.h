#pragma once
#include <stdint.h>

#include "esp_event.h"

extern esp_event_base_t const WIFI_EVENT;

enum { WIFI_EVENT_STA_DISCONNECTED = 5 };

typedef struct {
	uint8_t ssid[32];
	uint8_t ssid_len;
	uint8_t bssid[6];
	uint8_t reason;
	int8_t rssi;
} wifi_event_sta_disconnected_t;

/* IEEE 802.11-2020, table 9-49, and ESP-IDF's own from 200 on. */
enum {
	WIFI_REASON_ASSOC_LEAVE = 8,
	WIFI_REASON_MIC_FAILURE = 14,
	WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT = 15,
	WIFI_REASON_IE_IN_4WAY_DIFFERS = 17,
	WIFI_REASON_NO_AP_FOUND = 201,
	WIFI_REASON_AUTH_FAIL = 202,
	WIFI_REASON_HANDSHAKE_TIMEOUT = 204,
	WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY = 210,
	WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD = 211,
	WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD = 212,
};
