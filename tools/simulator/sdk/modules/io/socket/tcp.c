#include "socket.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>

/* What a board lets an app write ahead: lwIP's TCP_SND_BUF with four segments of 1436 bytes. */
#define BUFFER 5744

typedef struct TCP {
	SimPoll poll;
	SimLinkListener link;
	xsSlot object;
	xsSlot onReadable;
	xsSlot onWritable;
	xsSlot onError;
	bool hasReadable;
	bool hasWritable;
	bool numbers;
	bool connecting;
	bool closing; /* the other side has sent its last byte */
	bool ended;   /* nothing goes any more; onError is owed or was called */
	bool toldError;
	bool toldReadable; /* and not read since */
	bool tellWritable;
	uint32_t waiting; /* bytes in `buffer` that the system has not taken */
	uint8_t *buffer;  /* only while there are any */

	/* For the virtual clock, which stands still while bytes are on their way between two machines. */
	struct TCP *next;
	uint16_t localPort; /* 0: not connected */
	uint16_t remotePort;
	uint64_t sent;
	uint64_t received;
	bool dirty;     /* has sent since it was last seen to have arrived */
	bool expectEnd; /* the other side, a machine here too, has closed */
} TCP;

static TCP *connections;

static void event(SimPoll *poll, uint32_t events);

/* The connection whose callbacks run now; NULL once it is deleted. */
static TCP *active;

static void markTCP(xsMachine *the, void *data, xsMarkRoot markRoot) {
	TCP *tcp = data;
	if (tcp) {
		(*markRoot)(the, &tcp->onReadable);
		(*markRoot)(the, &tcp->onWritable);
		(*markRoot)(the, &tcp->onError);
	}
}

static TCP *findPeer(TCP *tcp) {
	TCP *peer = tcp->localPort ? connections : NULL;
	while (peer && !(peer->localPort == tcp->remotePort && peer->remotePort == tcp->localPort))
		peer = peer->next;
	return peer;
}

static bool isCutOff(TCP *tcp) {
	return !simLink(tcp->poll.machine).carries;
}

/* Whether bytes or an end are on their way from one machine to another, which both can be reached. */
static bool isBusy(void) {
	for (TCP *tcp = connections; tcp; tcp = tcp->next) {
		int count = 0;
		if (isCutOff(tcp))
			continue;
		if (tcp->expectEnd) {
			struct pollfd end = {.fd = tcp->poll.fd, .events = POLLRDHUP};
			if (poll(&end, 1, 0) == 0)
				return true;
			tcp->expectEnd = false;
		}
		if (!tcp->dirty)
			continue;
		TCP *peer = findPeer(tcp);
		if (peer && isCutOff(peer))
			continue;
		if (peer && ioctl(peer->poll.fd, FIONREAD, &count) == 0 && peer->received + (uint64_t)count < tcp->sent)
			return true;
		tcp->dirty = false;
	}
	return false;
}

static void connected(TCP *tcp) {
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	if (!simIsVirtual())
		return;
	if (getsockname(tcp->poll.fd, (struct sockaddr *)&address, &size) == 0)
		tcp->localPort = ntohs(address.sin_port);
	size = sizeof(address);
	if (getpeername(tcp->poll.fd, (struct sockaddr *)&address, &size) == 0)
		tcp->remotePort = ntohs(address.sin_port);
	simNetworkBusy = isBusy;
}

/* The other side of what is closed while the machine is cut off learns of it later, or never. */
typedef struct {
	SimLinkListener link;
	int fd;
} Left;

static void leftLinked(SimLinkListener *link, SimLink state) {
	Left *left = (Left *)link;
	if (state.hasInterface && !state.carries)
		return;
	simLinkIgnore(link);
	close(left->fd);
	free(left);
	simNetworkTouched();
}

static void leave(TCP *tcp) {
	Left *left = malloc(sizeof(*left));
	if (!left)
		abort();
	*left = (Left){.link = {.machine = tcp->poll.machine, .callback = leftLinked}, .fd = tcp->poll.fd};
	simLinkListen(&left->link);
}

static void deleteTCP(void *data) {
	TCP *tcp = data;
	if (tcp) {
		if (active == tcp)
			active = NULL;
		TCP **address = &connections;
		while (*address && *address != tcp)
			address = &(*address)->next;
		if (*address)
			*address = tcp->next;
		simPollForget(&tcp->poll);
		if (tcp->link.machine)
			simLinkIgnore(&tcp->link);
		if (tcp->poll.fd >= 0) {
			TCP *peer = findPeer(tcp);
			simPollRemove(&tcp->poll);
			SimLink link = simLink(tcp->poll.machine);
			if (link.hasInterface && !link.carries)
				leave(tcp);
			else {
				if (peer)
					peer->expectEnd = true;
				close(tcp->poll.fd);
			}
		}
		free(tcp->buffer);
		free(tcp);
	}
}

void xs_tcp_destructor(void *data) {
	deleteTCP(data);
}

static const xsHostHooks tcpHooks = {deleteTCP, markTCP, NULL};

static TCP *toTCP(xsMachine *the, xsSlot *slot) {
	TCP *tcp = fxGetHostDataValidate(the, slot, (void *)&tcpHooks);
	if (!tcp)
		xsUnknownError("closed");
	return tcp;
}

static uint32_t interest(TCP *tcp) {
	uint32_t events = 0;
	if (tcp->ended || isCutOff(tcp))
		return 0;
	if (tcp->hasReadable && !tcp->toldReadable && !tcp->closing)
		events |= EPOLLIN;
	if (tcp->connecting || tcp->waiting)
		events |= EPOLLOUT;
	/* One that accepting gave and that has no callbacks yet is left alone. */
	if ((tcp->hasReadable || tcp->hasWritable) && !tcp->closing)
		events |= EPOLLRDHUP;
	return events;
}

static void watch(TCP *tcp) {
	simPollChange(&tcp->poll, interest(tcp));
}

/*
 * As on an ESP32 (esp_netif's "IP lost" timer): a connection outlives a short loss of the network, during which nothing
 * comes or goes, and ends with its interface's address.
 */
static void linked(SimLinkListener *link, SimLink state) {
	TCP *tcp = (TCP *)((char *)link - offsetof(TCP, link));
	if (!state.hasInterface)
		tcp->ended = true;
	watch(tcp);
	/* One that accepting gave and that has no callbacks yet is left alone. */
	if ((state.carries || tcp->ended) && (tcp->hasReadable || tcp->hasWritable || tcp->ended))
		simPollSoon(&tcp->poll);
}

static void setFormat(xsMachine *the, TCP *tcp, xsSlot *slot) {
	const char *format = fxToString(the, slot);
	if (!strcmp(format, "number"))
		tcp->numbers = true;
	else if (!strcmp(format, "buffer"))
		tcp->numbers = false;
	else
		xsRangeError("format");
}

void xs_tcp(xsMachine *the) {
	xsmcVars(2);
	struct sockaddr_in address;
	int fd = -1;
	bool connecting = false;
	TCP *from = NULL;
	socketNeedsInterface(the);

	TCP *tcp = calloc(1, sizeof(*tcp));
	if (!tcp)
		xsUnknownError("no memory");
	tcp->poll.fd = -1;
	tcp->poll.machine = simMachine(the);
	tcp->poll.callback = event;
	xsmcSetHostData(xsThis, tcp);
	xsSetHostHooks(xsThis, &tcpHooks);
	tcp->hasReadable = socketCallback(the, &xsArg(0), "onReadable", &tcp->onReadable);
	tcp->hasWritable = socketCallback(the, &xsArg(0), "onWritable", &tcp->onWritable);
	socketCallback(the, &xsArg(0), "onError", &tcp->onError);
	if (socketOption(the, &xsArg(0), "format", &xsVar(0)))
		setFormat(the, tcp, &xsVar(0));

	if (socketOption(the, &xsArg(0), "descriptor", &xsVar(0)))
		fd = xsmcToInteger(xsVar(0));
	else if (socketOption(the, &xsArg(0), "from", &xsVar(0))) {
		from = toTCP(the, &xsVar(0));
		fd = from->poll.fd;
		connecting = from->connecting;
		tcp->waiting = from->waiting;
		tcp->buffer = from->buffer;
		from->buffer = NULL;
		tcp->sent = from->sent;
		tcp->received = from->received;
		tcp->dirty = from->dirty;
		tcp->expectEnd = from->expectEnd;
		simPollRemove(&from->poll);
		from->poll.fd = -1;
		xsForget(from->object);
		xsmcSetHostData(xsVar(0), NULL);
		deleteTCP(from);
	}
	else {
		if (!socketOption(the, &xsArg(0), "address", &xsVar(0)) && !socketOption(the, &xsArg(0), "host", &xsVar(0)))
			xsUnknownError("address, host or from is needed");
		if (!socketOption(the, &xsArg(0), "port", &xsVar(1)))
			xsUnknownError("port is needed");
		double port = xsmcToNumber(xsVar(1));
		socketAddress(the, xsmcToString(xsVar(0)), port, &address);
		if (!simLink(simMachine(the)).routes)
			xsUnknownError("connect error"); /* lwIP: no route */
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			xsUnknownError("no socket: %s", strerror(errno));
		connecting = true;
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS) {
			/* Told as a connection that fails later is, by onError. */
			connecting = false;
			tcp->ended = true;
		}
		simNetworkTouched();
	}
	if (socketOption(the, &xsArg(0), "nodelay", &xsVar(0))) {
		int one = xsmcToBoolean(xsVar(0));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	tcp->poll.fd = fd;
	tcp->connecting = connecting;
	tcp->tellWritable = true;
	tcp->object = xsThis;
	xsRemember(tcp->object);
	tcp->next = connections;
	connections = tcp;
	if (!connecting)
		connected(tcp);
	tcp->link.machine = simMachine(the);
	tcp->link.callback = linked;
	simLinkListen(&tcp->link);
	simPollAdd(&tcp->poll, interest(tcp));
	if (!connecting && (tcp->hasReadable || tcp->hasWritable || tcp->ended))
		simPollSoon(&tcp->poll);
}

/* False: the connection is broken. */
static bool transmit(TCP *tcp, const uint8_t *bytes, uint32_t size, uint32_t *taken) {
	ssize_t sent = send(tcp->poll.fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	*taken = sent > 0 ? (uint32_t)sent : 0;
	tcp->sent += *taken;
	tcp->dirty = true;
	return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

static bool flush(TCP *tcp) {
	uint32_t taken;
	if (!tcp->waiting)
		return true;
	if (!transmit(tcp, tcp->buffer, tcp->waiting, &taken))
		return false;
	tcp->waiting -= taken;
	memmove(tcp->buffer, tcp->buffer + taken, tcp->waiting);
	if (!tcp->waiting) {
		free(tcp->buffer);
		tcp->buffer = NULL;
	}
	return true;
}

void xs_tcp_close(xsMachine *the) {
	TCP *tcp = fxGetHostDataValidate(the, &xsThis, (void *)&tcpHooks);
	if (!tcp)
		return;
	xsForget(tcp->object);
	xsmcSetHostData(xsThis, NULL);
	if (!isCutOff(tcp))
		flush(tcp); /* what was written still goes, as far as the system takes it now */
	deleteTCP(tcp);
}

static int available(TCP *tcp) {
	int count = 0;
	ioctl(tcp->poll.fd, FIONREAD, &count);
	return count;
}

void xs_tcp_read(xsMachine *the) {
	TCP *tcp = toTCP(the, &xsThis);
	tcp->toldReadable = false;
	if (tcp->connecting)
		return;
	if (tcp->closing)
		simPollSoon(&tcp->poll); /* for what is left, or for the end */
	else
		watch(tcp);
	int type = xsmcTypeOf(xsArg(0));
	if (type == xsReferenceType) {
		uint8_t *bytes;
		xsUnsignedValue size;
		xsmcGetBufferWritable(xsArg(0), (void **)&bytes, &size);
		ssize_t count = recv(tcp->poll.fd, bytes, size, MSG_DONTWAIT);
		if (count > 0) {
			tcp->received += (uint64_t)count;
			xsmcSetInteger(xsResult, (xsIntegerValue)count);
		}
		return;
	}
	if (tcp->numbers) {
		uint8_t byte;
		if (recv(tcp->poll.fd, &byte, 1, MSG_DONTWAIT) == 1) {
			tcp->received++;
			xsmcSetInteger(xsResult, byte);
		}
		return;
	}
	int count = available(tcp);
	if (type != xsUndefinedType) {
		int wanted = xsmcToInteger(xsArg(0));
		if (wanted < 0)
			xsRangeError("count");
		if (wanted < count)
			count = wanted;
	}
	if (count <= 0)
		return;
	xsmcSetArrayBuffer(xsResult, NULL, count);
	ssize_t got = recv(tcp->poll.fd, xsmcToArrayBuffer(xsResult), (size_t)count, MSG_DONTWAIT);
	if (got > 0)
		tcp->received += (uint64_t)got;
	else
		xsmcSetUndefined(xsResult);
}

void xs_tcp_write(xsMachine *the) {
	TCP *tcp = toTCP(the, &xsThis);
	const uint8_t *bytes;
	xsUnsignedValue size;
	uint8_t byte;
	if (tcp->numbers) {
		byte = (uint8_t)xsmcToInteger(xsArg(0));
		bytes = &byte;
		size = 1;
	}
	else
		xsmcGetBufferReadable(xsArg(0), (void **)&bytes, &size);
	if (tcp->connecting)
		xsUnknownError("not connected");
	if (tcp->ended)
		xsUnknownError("disconnected");
	if (size > BUFFER - tcp->waiting)
		xsUnknownError("would block");
	uint32_t taken = 0;
	if (!tcp->waiting && !isCutOff(tcp) && !transmit(tcp, bytes, size, &taken)) {
		tcp->ended = true;
		simPollSoon(&tcp->poll);
		taken = size;
	}
	if (taken < size) {
		if (!tcp->buffer && !(tcp->buffer = malloc(BUFFER)))
			xsUnknownError("no memory");
		memcpy(tcp->buffer + tcp->waiting, bytes + taken, size - taken);
		tcp->waiting += size - taken;
	}
	tcp->tellWritable = true;
	if (tcp->waiting)
		watch(tcp);
	else
		simPollSoon(&tcp->poll);
	xsmcSetInteger(xsResult, (xsIntegerValue)(BUFFER - tcp->waiting));
}

static void callReadable(xsMachine *the, void *data) {
	TCP *tcp = data;
	xsmcVars(3);
	xsVar(0) = xsAccess(tcp->object);
	xsVar(1) = xsAccess(tcp->onReadable);
	xsmcSetInteger(xsVar(2), available(tcp));
	xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
}

static void callWritable(xsMachine *the, void *data) {
	TCP *tcp = data;
	xsmcVars(3);
	xsVar(0) = xsAccess(tcp->object);
	xsVar(1) = xsAccess(tcp->onWritable);
	xsmcSetInteger(xsVar(2), BUFFER);
	xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
}

static void callError(xsMachine *the, void *data) {
	TCP *tcp = data;
	xsmcVars(2);
	xsVar(0) = xsAccess(tcp->object);
	xsVar(1) = xsAccess(tcp->onError);
	if (xsmcTypeOf(xsVar(1)) != xsUndefinedType)
		xsCallFunction0(xsVar(1), xsVar(0));
}

/* Any of the callbacks may close the connection. */
static void event(SimPoll *poll, uint32_t events) {
	TCP *tcp = (TCP *)poll;
	SimMachine *machine = poll->machine;
	if (isCutOff(tcp) && !tcp->ended) {
		watch(tcp);
		return; /* all is looked at again when it is back */
	}
	active = tcp;
	if (tcp->connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
		int error = 0;
		socklen_t size = sizeof(error);
		getsockopt(poll->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		tcp->connecting = false;
		if (error)
			tcp->ended = true;
		else
			connected(tcp);
	}
	else if (events & EPOLLERR)
		tcp->ended = true;
	if (events & (EPOLLRDHUP | EPOLLHUP))
		tcp->closing = true;
	if (!tcp->connecting && !tcp->ended) {
		if (!flush(tcp))
			tcp->ended = true;
		else if (tcp->hasReadable && !tcp->toldReadable && available(tcp) > 0) {
			tcp->toldReadable = true;
			simEnter(machine, callReadable, tcp);
			if (active != tcp)
				return;
		}
	}
	if (!tcp->connecting && !tcp->ended && tcp->hasWritable && tcp->tellWritable && !tcp->waiting) {
		tcp->tellWritable = false;
		simEnter(machine, callWritable, tcp);
		if (active != tcp)
			return;
	}
	if (tcp->closing && available(tcp) == 0)
		tcp->ended = true;
	if (tcp->ended && !tcp->toldError) {
		tcp->toldError = true;
		simEnter(machine, callError, tcp);
		if (active != tcp)
			return;
	}
	active = NULL;
	watch(tcp);
}

void xs_tcp_remoteAddress(xsMachine *the) {
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	char text[INET_ADDRSTRLEN];
	if (getpeername(toTCP(the, &xsThis)->poll.fd, (struct sockaddr *)&address, &size) == 0)
		xsmcSetString(xsResult, (char *)inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)));
}

void xs_tcp_remotePort(xsMachine *the) {
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	if (getpeername(toTCP(the, &xsThis)->poll.fd, (struct sockaddr *)&address, &size) == 0)
		xsmcSetInteger(xsResult, ntohs(address.sin_port));
}

void xs_tcp_format(xsMachine *the) {
	xsmcSetString(xsResult, toTCP(the, &xsThis)->numbers ? "number" : "buffer");
}

void xs_tcp_setFormat(xsMachine *the) {
	setFormat(the, toTCP(the, &xsThis), &xsArg(0));
}
