/* The reason of the latest disconnection, by ESP-IDF's event (Wi-Fi Driver guide, "Wi-Fi Reason Code"). */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "esp_event.h"
#include "esp_wifi.h"

enum { LOST, PASSWORD, ABSENT, OWN };

static uint8_t latest;
static uint8_t registered;

static void note(void *context, esp_event_base_t base, int32_t id, void *data) {
	(void)context;
	(void)base;
	if (id == WIFI_EVENT_STA_DISCONNECTED) {
		latest = ((wifi_event_sta_disconnected_t *)data)->reason;
	}
}

static int classify(uint8_t reason) {
	switch (reason) {
		case WIFI_REASON_ASSOC_LEAVE: return OWN;
		/* A wrong key shows as a handshake that is not answered. */
		case WIFI_REASON_MIC_FAILURE:
		case WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT:
		case WIFI_REASON_IE_IN_4WAY_DIFFERS:
		case WIFI_REASON_AUTH_FAIL:
		case WIFI_REASON_HANDSHAKE_TIMEOUT:
		/* The network is there and asks for another kind of security, as when no password is given. */
		case WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY:
		case WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD: return PASSWORD;
		case WIFI_REASON_NO_AP_FOUND:
		case WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD: return ABSENT;
		default: return LOST;
	}
}

void xs_station_failure(xsMachine *the) {
	/* Handlers run in the order of their registration: before that of `wifi`, which wakes the machine. */
	if (!registered) {
		esp_err_t made = esp_event_loop_create_default();
		if ((made != ESP_OK && made != ESP_ERR_INVALID_STATE) ||
		    esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, note, NULL) != ESP_OK) {
			xsUnknownError("no event loop");
		}
		registered = 1;
	}
	xsmcSetInteger(xsResult, classify(latest));
}
