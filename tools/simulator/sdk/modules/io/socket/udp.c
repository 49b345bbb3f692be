#include "socket.h"

#include <arpa/inet.h>

typedef struct {
	SimPoll poll;
	xsSlot object;
	xsSlot onReadable;
	bool hasReadable;
} UDP;

static void markUDP(xsMachine *the, void *data, xsMarkRoot markRoot) {
	UDP *udp = data;
	if (udp)
		(*markRoot)(the, &udp->onReadable);
}

static void deleteUDP(void *data) {
	UDP *udp = data;
	if (udp) {
		if (udp->poll.fd >= 0) {
			simPollRemove(&udp->poll);
			close(udp->poll.fd);
		}
		free(udp);
	}
}

void xs_udp_destructor(void *data) {
	deleteUDP(data);
}

static const xsHostHooks udpHooks = {deleteUDP, markUDP, NULL};

static UDP *toUDP(xsMachine *the) {
	UDP *udp = fxGetHostDataValidate(the, &xsThis, (void *)&udpHooks);
	if (!udp)
		xsUnknownError("closed");
	return udp;
}

static void callReadable(xsMachine *the, void *data) {
	UDP *udp = data;
	xsmcVars(3);
	xsVar(0) = xsAccess(udp->object);
	xsVar(1) = xsAccess(udp->onReadable);
	xsmcSetInteger(xsVar(2), 1); /* at least */
	xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
}

static void event(SimPoll *poll, uint32_t events) {
	simPollChange(poll, 0); /* until read() is called */
	simEnter(poll->machine, callReadable, poll);
}

void xs_udp(xsMachine *the) {
	xsmcVars(2);
	struct sockaddr_in address;
	UDP *udp = calloc(1, sizeof(*udp));
	if (!udp)
		xsUnknownError("no memory");
	udp->poll.fd = -1;
	udp->poll.machine = simMachine(the);
	udp->poll.callback = event;
	xsmcSetHostData(xsThis, udp);
	xsSetHostHooks(xsThis, &udpHooks);
	udp->hasReadable = socketCallback(the, &xsArg(0), "onReadable", &udp->onReadable);
	double port = socketOption(the, &xsArg(0), "port", &xsVar(0)) ? xsmcToNumber(xsVar(0)) : 0;
	bool given = socketOption(the, &xsArg(0), "address", &xsVar(1));
	socketAddress(the, given ? xsmcToString(xsVar(1)) : "127.0.0.1", port, &address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		xsUnknownError("no socket: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = errno;
		close(fd);
		xsUnknownError("port %d: %s", (int)port, strerror(error));
	}
	udp->poll.fd = fd;
	udp->object = xsThis;
	xsRemember(udp->object);
	simPollAdd(&udp->poll, udp->hasReadable ? EPOLLIN : 0);
}

void xs_udp_read(xsMachine *the) {
	UDP *udp = toUDP(the);
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	char text[INET_ADDRSTRLEN];
	uint8_t none;
	if (udp->hasReadable)
		simPollChange(&udp->poll, EPOLLIN);
	ssize_t length = recv(udp->poll.fd, &none, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	if (length < 0)
		return;
	xsmcVars(1);
	xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)length);
	recvfrom(
	    udp->poll.fd, xsmcToArrayBuffer(xsResult), (size_t)length, MSG_DONTWAIT, (struct sockaddr *)&address, &size);
	xsmcSetString(xsVar(0), (char *)inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)));
	xsmcSet(xsResult, xsID("address"), xsVar(0));
	xsmcSetInteger(xsVar(0), ntohs(address.sin_port));
	xsmcSet(xsResult, xsID("port"), xsVar(0));
}

void xs_udp_write(xsMachine *the) {
	UDP *udp = toUDP(the);
	struct sockaddr_in address;
	void *bytes;
	xsUnsignedValue length;
	socketAddress(the, xsmcToString(xsArg(1)), xsmcToNumber(xsArg(2)), &address);
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	simNetworkTouched();
	if (sendto(udp->poll.fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address)) <
	    0)
		xsUnknownError("not sent: %s", strerror(errno));
}

void xs_udp_close(xsMachine *the) {
	UDP *udp = fxGetHostDataValidate(the, &xsThis, (void *)&udpHooks);
	if (!udp)
		return;
	xsForget(udp->object);
	xsmcSetHostData(xsThis, NULL);
	deleteUDP(udp);
}
