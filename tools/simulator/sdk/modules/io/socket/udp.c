#include "socket.h"

#include <arpa/inet.h>

/* mDNS (RFC 6762): on a board, each machine has it on an address of its own. */
#define SHARED_PORT 5353
#define GROUPS 4
/* What lwIP keeps for a socket that is not read (CONFIG_LWIP_UDP_RECVMBOX_SIZE of the ESP32: 6) is of this order. */
#define KEPT 8
#define LONGEST 1472

typedef struct Packet {
	struct Packet *next;
	struct sockaddr_in from;
	size_t length;
	uint8_t bytes[];
} Packet;

typedef struct UDP {
	SimPoll poll; /* fd −1: the port is the simulator's own */
	SimLinkListener link;
	struct UDP *next;
	xsSlot object;
	xsSlot onReadable;
	bool hasReadable;
	uint16_t port;
	in_addr_t groups[GROUPS]; /* 0: free */
	Packet *packets;
} UDP;

static UDP *sockets;

static void markUDP(xsMachine *the, void *data, xsMarkRoot markRoot) {
	UDP *udp = data;
	if (udp)
		(*markRoot)(the, &udp->onReadable);
}

static void dropPackets(UDP *udp) {
	while (udp->packets) {
		Packet *packet = udp->packets;
		udp->packets = packet->next;
		free(packet);
	}
}

static void deleteUDP(void *data) {
	UDP *udp = data;
	if (udp) {
		if (udp->port) {
			UDP **address = &sockets;
			while (*address != udp)
				address = &(*address)->next;
			*address = udp->next;
			simLinkIgnore(&udp->link);
			simPollRemove(&udp->poll);
			if (udp->poll.fd >= 0)
				close(udp->poll.fd);
		}
		dropPackets(udp);
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

static void watch(UDP *udp, uint32_t events) {
	if (udp->poll.fd >= 0)
		simPollChange(&udp->poll, events);
}

/* What comes while the machine is cut off is lost. */
static void drain(UDP *udp) {
	uint8_t none;
	dropPackets(udp);
	if (udp->poll.fd >= 0) {
		while (recv(udp->poll.fd, &none, sizeof(none), MSG_TRUNC | MSG_DONTWAIT) >= 0)
			;
	}
}

static void event(SimPoll *poll, uint32_t events) {
	UDP *udp = (UDP *)poll;
	if (!simLink(poll->machine).carries) {
		drain(udp);
		return;
	}
	if (!udp->hasReadable)
		return;
	watch(udp, 0); /* until read() is called */
	simEnter(poll->machine, callReadable, udp);
}

static void linked(SimLinkListener *link, SimLink state) {
	UDP *udp = (UDP *)((char *)link - offsetof(UDP, link));
	drain(udp);
	watch(udp, state.carries && !udp->hasReadable ? 0 : EPOLLIN);
}

static void deliver(UDP *udp, const struct sockaddr_in *from, const void *bytes, size_t length) {
	int count = 0;
	Packet **address = &udp->packets;
	for (; *address; address = &(*address)->next)
		count++;
	if (count == KEPT || !simLink(udp->poll.machine).carries)
		return;
	Packet *packet = malloc(sizeof(*packet) + length);
	if (!packet)
		abort();
	*packet = (Packet){.from = *from, .length = length};
	memcpy(packet->bytes, bytes, length);
	*address = packet;
	if (udp->hasReadable)
		simPollSoon(&udp->poll);
}

static bool hasJoined(const UDP *udp, in_addr_t group) {
	for (int i = 0; i < GROUPS; i++) {
		if (udp->groups[i] == group)
			return true;
	}
	return false;
}

static bool isMulticast(in_addr_t address) {
	return IN_MULTICAST(ntohl(address));
}

/* Whether a packet to there stays inside the simulator, as all do that go to one of its machines. */
static bool isInside(const struct sockaddr_in *to) {
	in_addr_t address = to->sin_addr.s_addr;
	if (isMulticast(address) || address == INADDR_BROADCAST || to->sin_port == htons(SHARED_PORT))
		return true;
	UDP *udp = address == htonl(INADDR_LOOPBACK) ? sockets : NULL;
	while (udp && udp->port != ntohs(to->sin_port))
		udp = udp->next;
	return udp != NULL;
}

/* As on a board, a machine does not hear its own multicasts. */
static void sendInside(SimMachine *sender, const struct sockaddr_in *from, const struct sockaddr_in *to,
    const void *bytes, size_t length) {
	in_addr_t group = to->sin_addr.s_addr;
	for (UDP *udp = sockets; udp; udp = udp->next) {
		bool own = udp->poll.machine == sender && (group != htonl(INADDR_LOOPBACK) || udp->port == SHARED_PORT);
		if (!own && udp->port == ntohs(to->sin_port) && (!isMulticast(group) || hasJoined(udp, group)))
			deliver(udp, from, bytes, length);
	}
	char text[INET_ADDRSTRLEN];
	inet_ntop(AF_INET, &to->sin_addr, text, sizeof(text));
	if (sender && isMulticast(group))
		simDatagramSent(sender, ntohs(from->sin_port), text, ntohs(to->sin_port), bytes, length);
}

void simDatagramDeliver(int port, const char *address, int to, const void *bytes, size_t length) {
	struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to)};
	source.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (inet_pton(AF_INET, address, &target.sin_addr) == 1)
		sendInside(NULL, &source, &target, bytes, length);
}

void xs_udp(xsMachine *the) {
	xsmcVars(2);
	struct sockaddr_in address;
	int one = 1;
	socketNeedsInterface(the);
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
	if (socketOption(the, &xsArg(0), "timeToLive", &xsVar(0))) {
		double timeToLive = xsmcToNumber(xsVar(0));
		if (!(timeToLive >= 1 && timeToLive <= 255))
			xsRangeError("invalid timeToLive");
	}
	if (port != SHARED_PORT) {
		socklen_t size = sizeof(address);
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			xsUnknownError("no socket: %s", strerror(errno));
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		    getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
			int error = errno;
			close(fd);
			xsUnknownError("port %d: %s", (int)port, strerror(error));
		}
		udp->poll.fd = fd;
	}
	udp->port = ntohs(address.sin_port);
	udp->next = sockets;
	sockets = udp;
	udp->object = xsThis;
	xsRemember(udp->object);
	udp->link.machine = simMachine(the);
	udp->link.callback = linked;
	simLinkListen(&udp->link);
	simPollAdd(&udp->poll, 0);
	linked(&udp->link, simLink(simMachine(the)));
	if (udp->poll.fd >= 0 && socketOption(the, &xsArg(0), "port", &xsVar(0)))
		simListening(simMachine(the), "udp", udp->port);
}

static void setResult(xsMachine *the, const struct sockaddr_in *from) {
	char text[INET_ADDRSTRLEN];
	xsmcSetString(xsVar(0), (char *)inet_ntop(AF_INET, &from->sin_addr, text, sizeof(text)));
	xsmcSet(xsResult, xsID("address"), xsVar(0));
	xsmcSetInteger(xsVar(0), ntohs(from->sin_port));
	xsmcSet(xsResult, xsID("port"), xsVar(0));
}

void xs_udp_read(xsMachine *the) {
	UDP *udp = toUDP(the);
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	uint8_t none;
	xsmcVars(1);
	if (!simLink(simMachine(the)).carries)
		return;
	Packet *packet = udp->packets;
	if (packet) {
		udp->packets = packet->next;
		xsmcSetArrayBuffer(xsResult, packet->bytes, (xsIntegerValue)packet->length);
		from = packet->from;
		free(packet);
		setResult(the, &from);
		if (udp->packets && udp->hasReadable)
			simPollSoon(&udp->poll);
		else if (udp->hasReadable)
			watch(udp, EPOLLIN);
		return;
	}
	if (udp->hasReadable)
		watch(udp, EPOLLIN);
	if (udp->poll.fd < 0)
		return;
	ssize_t length = recv(udp->poll.fd, &none, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	if (length < 0)
		return;
	xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)length);
	recvfrom(udp->poll.fd, xsmcToArrayBuffer(xsResult), (size_t)length, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
	setResult(the, &from);
}

void xs_udp_write(xsMachine *the) {
	UDP *udp = toUDP(the);
	struct sockaddr_in to;
	void *bytes;
	xsUnsignedValue length;
	socketAddress(the, xsmcToString(xsArg(1)), xsmcToNumber(xsArg(2)), &to);
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	if (length > LONGEST || !simLink(simMachine(the)).carries)
		xsUnknownError("UDP send failed");
	if (isInside(&to)) {
		struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(udp->port)};
		from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		sendInside(simMachine(the), &from, &to, bytes, length);
		return;
	}
	simNetworkTouched();
	/* The port that is the simulator's own has nothing else to send with. */
	int fd = udp->poll.fd >= 0 ? udp->poll.fd : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t sent = sendto(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
	if (fd != udp->poll.fd && fd >= 0)
		close(fd);
	if (sent < 0)
		xsUnknownError("UDP send failed");
}

static in_addr_t toGroup(xsMachine *the) {
	in_addr_t group;
	if (inet_pton(AF_INET, xsmcToString(xsArg(0)), &group) != 1)
		xsRangeError("invalid IP address");
	if (!isMulticast(group))
		xsUnknownError("no multicast address");
	return group;
}

static void exchangeGroup(UDP *udp, in_addr_t before, in_addr_t after) {
	for (int i = 0; i < GROUPS; i++) {
		if (udp->groups[i] == before) {
			udp->groups[i] = after;
			return;
		}
	}
}

void xs_udp_add(xsMachine *the) {
	UDP *udp = toUDP(the);
	in_addr_t group = toGroup(the);
	if (hasJoined(udp, group))
		return;
	if (!hasJoined(udp, 0))
		xsUnknownError("too many groups");
	exchangeGroup(udp, 0, group);
}

void xs_udp_remove(xsMachine *the) {
	UDP *udp = toUDP(the);
	exchangeGroup(udp, toGroup(the), 0);
}

void xs_udp_close(xsMachine *the) {
	UDP *udp = fxGetHostDataValidate(the, &xsThis, (void *)&udpHooks);
	if (!udp)
		return;
	xsForget(udp->object);
	xsmcSetHostData(xsThis, NULL);
	deleteUDP(udp);
}
