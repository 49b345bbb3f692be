#include "natives.h"
#include "mc.xs.h"

#include <stdio.h>

typedef struct {
	SimRadioListener listener;
	xsSlot object;
	xsSlot onNotify;
	bool listening;
} WiFi;

typedef struct {
	SimRadioListener listener;
	xsSlot object;
	xsSlot found;
} Scan;

/* What the SDK gives for an ESP32 whose WiFi has not been used yet. */
#define OFF -5

static void ask(xsMachine *the, const SimRadioRequest *request) {
	char refusal[128];
	if (!simRadioAsk(simMachine(the), request, refusal, sizeof(refusal)))
		xsUnknownError("%s", refusal);
}

static bool getOption(xsMachine *the, xsSlot *options, xsIdentifier id, xsSlot *value) {
	_xsGet(the, value, options, id);
	return fxTypeOf(the, value) != xsUndefinedType;
}

static void ignore(xsMachine *the, WiFi *wifi) {
	if (!wifi->listening)
		return;
	simRadioIgnore(&wifi->listener);
	wifi->listening = false;
	xsForget(wifi->object);
}

void xs_wifi_destructor(void *data) {
	WiFi *wifi = data;
	if (wifi) {
		if (wifi->listening)
			simRadioIgnore(&wifi->listener);
		free(wifi);
	}
}

static void markWiFi(xsMachine *the, void *data, xsMarkRoot markRoot) {
	WiFi *wifi = data;
	if (wifi)
		(*markRoot)(the, &wifi->onNotify);
}

static const xsHostHooks wifiHooks = {xs_wifi_destructor, markWiFi, NULL};

typedef struct {
	SimRadioListener *listener;
	const SimRadioEvent *event;
} Told;

static void callNotify(xsMachine *the, void *data) {
	Told *told = data;
	WiFi *wifi = (WiFi *)told->listener;
	xsmcVars(4);
	xsVar(0) = xsAccess(wifi->object);
	xsVar(1) = xsAccess(wifi->onNotify);
	xsmcSetString(xsVar(2), (char *)told->event->name);
	if (strcmp(told->event->name, "disconnect"))
		xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
	else {
		xsmcSetInteger(xsVar(3), told->event->reason);
		xsCallFunction2(xsVar(1), xsVar(0), xsVar(2), xsVar(3));
	}
}

static void notified(SimRadioListener *listener, const SimRadioEvent *event) {
	Told told = {listener, event};
	if (event->kind == SIM_RADIO_NOTIFIED)
		simEnter(listener->machine, callNotify, &told);
}

void xs_wifi_onNotify(xsMachine *the) {
	WiFi *wifi = xsmcGetHostData(xsThis);
	if (!wifi) {
		wifi = calloc(1, sizeof(*wifi));
		if (!wifi)
			xsUnknownError("no memory");
		wifi->listener.machine = simMachine(the);
		wifi->listener.callback = notified;
		xsmcSetHostData(xsThis, wifi);
		xsSetHostHooks(xsThis, &wifiHooks);
	}
	ignore(the, wifi);
	xsmcSetUndefined(wifi->onNotify);
	if (!xsmcTest(xsArg(0)))
		return;
	wifi->onNotify = xsArg(0);
	wifi->object = xsThis;
	xsRemember(wifi->object);
	simRadioListen(&wifi->listener);
	wifi->listening = true;
}

void xs_wifi_close(xsMachine *the) {
	WiFi *wifi = xsmcGetHostData(xsThis);
	if (!wifi)
		return;
	ignore(the, wifi);
	xsmcSetHostData(xsThis, NULL);
	xs_wifi_destructor(wifi);
}

void xs_wifi_mode(xsMachine *the) {
	const SimRadio *radio = simRadio(simMachine(the));
	xsmcSetInteger(xsResult, radio->started ? radio->mode : OFF);
}

void xs_wifi_setMode(xsMachine *the) {
	SimRadioRequest request = {.request = "mode", .a = xsmcToInteger(xsArg(0))};
	ask(the, &request);
}

/* Copies a text with at most `limit` bytes; what is beyond a NUL is lost, as on a board. */
static const char *getText(xsMachine *the, xsSlot *value, char *text, size_t limit, const char *tooLong) {
	const char *string = fxToString(the, value);
	if (strlen(string) > limit)
		xsUnknownError("%s", tooLong);
	return strcpy(text, string);
}

static const char *getSSID(xsMachine *the, xsSlot *value, char *text) {
	return getText(the, value, text, 32, "ssid too long - 32 bytes max");
}

static const char *getPassword(xsMachine *the, xsSlot *value, char *text) {
	return getText(the, value, text, 64, "password too long - 64 bytes max");
}

void xs_wifi_connect(xsMachine *the) {
	SimRadioRequest request = {.request = "connect"};
	char ssid[33], password[65];
	xsmcVars(1);
	if (xsmcTypeOf(xsArg(0)) == xsReferenceType) {
		getOption(the, &xsArg(0), xsID_ssid, &xsVar(0));
		if (!xsmcTest(xsVar(0)))
			xsUnknownError("ssid required");
		request.ssid = getSSID(the, &xsVar(0), ssid);
		getOption(the, &xsArg(0), xsID_password, &xsVar(0));
		if (xsmcTest(xsVar(0)))
			request.password = getPassword(the, &xsVar(0), password);
	}
	ask(the, &request);
}

enum { ACCESS_POINT_HIDDEN = 1, ACCESS_POINT_STATION = 2 };

void xs_wifi_accessPoint(xsMachine *the) {
	SimRadioRequest request = {.request = "accessPoint", .a = 1};
	char ssid[33], password[65];
	xsmcVars(1);
	getOption(the, &xsArg(0), xsID_ssid, &xsVar(0));
	request.ssid = getSSID(the, &xsVar(0), ssid);
	if (getOption(the, &xsArg(0), xsID_password, &xsVar(0))) {
		request.password = getPassword(the, &xsVar(0), password);
		if (strlen(password) < 8)
			xsUnknownError("password too short - 8 bytes min");
	}
	if (getOption(the, &xsArg(0), xsID_channel, &xsVar(0)))
		request.a = xsmcToInteger(xsVar(0));
	if (request.a < 1 || request.a > 13)
		xsUnknownError("invalid channel");
	if (getOption(the, &xsArg(0), xsID_hidden, &xsVar(0)) && xsmcTest(xsVar(0)))
		request.b |= ACCESS_POINT_HIDDEN;
	if (getOption(the, &xsArg(0), xsID_station, &xsVar(0)) && xsmcTest(xsVar(0)))
		request.b |= ACCESS_POINT_STATION;
	ask(the, &request);
}

static void deleteScan(void *data) {
	Scan *scan = data;
	if (scan) {
		simRadioIgnore(&scan->listener);
		free(scan);
	}
}

static void markScan(xsMachine *the, void *data, xsMarkRoot markRoot) {
	Scan *scan = data;
	if (scan)
		(*markRoot)(the, &scan->found);
}

static const xsHostHooks scanHooks = {deleteScan, markScan, NULL};

static void callFound(xsMachine *the, void *data) {
	Told *told = data;
	Scan *scan = (Scan *)told->listener;
	const SimRadioEvent *event = told->event;
	xsmcVars(3);
	xsVar(0) = xsAccess(scan->found);
	if (event->kind == SIM_RADIO_SCANNED) {
		xsForget(scan->object);
		xsmcSetHostData(scan->object, NULL);
		deleteScan(scan);
		xsmcSetNull(xsVar(1));
	}
	else {
		xsmcSetNewObject(xsVar(1));
		xsmcSetString(xsVar(2), (char *)event->ssid);
		xsmcSet(xsVar(1), xsID_ssid, xsVar(2));
		xsmcSetInteger(xsVar(2), event->strength);
		xsmcSet(xsVar(1), xsID_rssi, xsVar(2));
		xsmcSetInteger(xsVar(2), event->channel);
		xsmcSet(xsVar(1), xsID_channel, xsVar(2));
		xsmcSetBoolean(xsVar(2), event->hidden);
		xsmcSet(xsVar(1), xsID_hidden, xsVar(2));
		xsmcSetArrayBuffer(xsVar(2), (void *)event->bssid, sizeof(event->bssid));
		xsmcSet(xsVar(1), xsID_bssid, xsVar(2));
		xsmcSetString(xsVar(2), (char *)event->name);
		xsmcSet(xsVar(1), xsID_authentication, xsVar(2));
	}
	xsCallFunction1(xsVar(0), xsGlobal, xsVar(1));
}

static void scanned(SimRadioListener *listener, const SimRadioEvent *event) {
	Told told = {listener, event};
	if (event->kind != SIM_RADIO_NOTIFIED)
		simEnter(listener->machine, callFound, &told);
}

void xs_wifi_scan(xsMachine *the) {
	SimRadioRequest request = {.request = "scan"};
	xsmcVars(2);
	if (!xsmcIsCallable(xsArg(1)))
		xsUnknownError("invalid");
	if (getOption(the, &xsArg(0), xsID_hidden, &xsVar(0)))
		request.a = xsmcTest(xsVar(0));
	if (getOption(the, &xsArg(0), xsID_channel, &xsVar(0)))
		request.b = xsmcToInteger(xsVar(0));
	ask(the, &request);
	Scan *scan = calloc(1, sizeof(*scan));
	if (!scan)
		xsUnknownError("no memory");
	xsVar(1) = xsNewHostObject(NULL);
	xsmcSetHostData(xsVar(1), scan);
	xsSetHostHooks(xsVar(1), &scanHooks);
	scan->found = xsArg(1);
	scan->object = xsVar(1);
	xsRemember(scan->object);
	scan->listener.machine = simMachine(the);
	scan->listener.callback = scanned;
	simRadioListen(&scan->listener);
}
