/* The reason of the latest disconnection, as the ESP8266's station keeps it (ESP8266 Non-OS SDK API Reference, 3.4). */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "user_interface.h"

enum { LOST, PASSWORD, ABSENT, OWN };

static int classify(uint8_t status) {
	switch (status) {
		case STATION_WRONG_PASSWORD: return PASSWORD;
		case STATION_NO_AP_FOUND: return ABSENT;
		case STATION_IDLE: return OWN;
		default: return LOST;
	}
}

void xs_station_failure(xsMachine *the) {
	xsmcSetInteger(xsResult, classify(wifi_station_get_connect_status()));
}
