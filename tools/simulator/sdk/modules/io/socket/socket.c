#include "socket.h"

#include <arpa/inet.h>
#include <netdb.h>

bool socketOption(xsMachine *the, xsSlot *options, const char *name, xsSlot *value) {
	xsIdentifier id = xsID(name);
	_xsGet(the, value, options, id);
	return fxTypeOf(the, value) != xsUndefinedType;
}

bool socketCallback(xsMachine *the, xsSlot *options, const char *name, xsSlot *callback) {
	xsSlot value;
	fxUndefined(the, callback);
	if (!socketOption(the, options, name, &value))
		return false;
	if (!fxIsCallable(the, &value))
		xsTypeError("%s is no function", name);
	*callback = value;
	return true;
}

void socketNeedsInterface(xsMachine *the) {
	if (!simLink(simMachine(the)).hasInterface)
		xsUnknownError("no network");
}

void socketAddress(xsMachine *the, const char *address, double port, struct sockaddr_in *result) {
	if (!(port >= 0 && port <= 65535))
		xsRangeError("port");
	memset(result, 0, sizeof(*result));
	result->sin_family = AF_INET;
	result->sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, address, &result->sin_addr) == 1)
		return;
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (getaddrinfo(address, NULL, &hints, &found))
		xsUnknownError("cannot resolve %s", address);
	result->sin_addr = ((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
}
