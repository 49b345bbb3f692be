/* What boards' firmware asks of ESP-IDF itself (native/station, native/access-point), for a simulated radio. */
#include "natives.h"

#include <arpa/inet.h>

void xs_station_failure(xsMachine *the) {
	xsmcSetInteger(xsResult, simRadio(simMachine(the))->failure);
}

void xs_access_point_address(xsMachine *the) {
	char refusal[64];
	struct in_addr address;
	SimRadioRequest request = {.request = "address", .ssid = xsmcToString(xsArg(0))};
	if (inet_pton(AF_INET, request.ssid, &address) != 1)
		xsUnknownError("no access point, or no address");
	if (!simRadioAsk(simMachine(the), &request, refusal, sizeof(refusal)))
		xsUnknownError("%s", refusal);
}
