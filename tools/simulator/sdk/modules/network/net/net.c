#include "natives.h"

#include <stdio.h>

/* Where a simulated machine is reached. */
#define ADDRESS "127.0.0.1"

enum { STATION = 1, ACCESS_POINT = 2 };

/* The interface that is asked for, else the only one; 0: none, as in the mode that has both. */
static int getInterface(xsMachine *the, int mode) {
	if (xsmcTypeOf(xsArg(1)) == xsUndefinedType)
		return mode == STATION || mode == ACCESS_POINT ? mode : 0;
	const char *name = xsmcToString(xsArg(1));
	if (!strcmp(name, "station"))
		return mode & STATION;
	if (!strcmp(name, "ap"))
		return mode & ACCESS_POINT;
	return 0;
}

static void setAddress(xsMachine *the, const uint8_t address[6]) {
	char text[18];
	snprintf(text, sizeof(text), "%02X:%02X:%02X:%02X:%02X:%02X", address[0], address[1], address[2], address[3],
	    address[4], address[5]);
	xsmcSetString(xsResult, text);
}

void xs_net_get(xsMachine *the) {
	SimMachine *machine = simMachine(the);
	const SimRadio *radio = simRadio(machine);
	const char *what = xsmcToString(xsArg(0));
	if (!strcmp(what, "IP")) {
		int interface = getInterface(the, radio->mode);
		if (interface == STATION && radio->addressed)
			xsmcSetString(xsResult, ADDRESS);
		else if (interface == ACCESS_POINT && *radio->accessPoint)
			xsmcSetString(xsResult, (char *)radio->accessPoint);
	}
	else if (!strcmp(what, "MAC")) {
		uint8_t address[6];
		int interface = getInterface(the, radio->mode);
		simRadioAddress(machine, interface == ACCESS_POINT, address);
		if (interface)
			setAddress(the, address);
	}
	else if (!radio->joined)
		return;
	else if (!strcmp(what, "SSID"))
		xsmcSetString(xsResult, (char *)radio->ssid);
	else if (!strcmp(what, "BSSID"))
		setAddress(the, radio->bssid);
	else if (!strcmp(what, "RSSI"))
		xsmcSetInteger(xsResult, radio->strength);
	else if (!strcmp(what, "CHANNEL"))
		xsmcSetInteger(xsResult, radio->channel);
}
