#include "socket.h"

#include <arpa/inet.h>

#define BACKLOG 128

typedef struct {
	SimPoll poll;
	SimLinkListener link;
	xsSlot object;
	xsSlot onReadable;
	bool hasReadable;
	bool listening; /* else the port is only kept */
	uint16_t port;
} Listener;

static void markListener(xsMachine *the, void *data, xsMarkRoot markRoot) {
	Listener *listener = data;
	if (listener)
		(*markRoot)(the, &listener->onReadable);
}

static void deleteListener(void *data) {
	Listener *listener = data;
	if (listener) {
		if (listener->poll.fd >= 0) {
			simLinkIgnore(&listener->link);
			simPollRemove(&listener->poll);
			close(listener->poll.fd);
		}
		free(listener);
	}
}

void xs_listener_destructor(void *data) {
	deleteListener(data);
}

static const xsHostHooks listenerHooks = {deleteListener, markListener, NULL};

static Listener *toListener(xsMachine *the) {
	Listener *listener = fxGetHostDataValidate(the, &xsThis, (void *)&listenerHooks);
	if (!listener)
		xsUnknownError("closed");
	return listener;
}

static void callReadable(xsMachine *the, void *data) {
	Listener *listener = data;
	xsmcVars(3);
	xsVar(0) = xsAccess(listener->object);
	xsVar(1) = xsAccess(listener->onReadable);
	xsmcSetInteger(xsVar(2), 1); /* at least */
	xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
}

static void event(SimPoll *poll, uint32_t events) {
	Listener *listener = (Listener *)poll;
	/* Told once; what is not accepted waits in the backlog until read() looks again. */
	simPollChange(poll, 0);
	simEnter(poll->machine, callReadable, listener);
}

/* While the machine is cut off, nobody reaches the port, and nobody else gets it. */
static void linked(SimLinkListener *link, SimLink state) {
	Listener *listener = (Listener *)((char *)link - offsetof(Listener, link));
	if (state.carries == listener->listening)
		return;
	listener->listening = state.carries;
	if (state.carries) {
		if (listen(listener->poll.fd, BACKLOG) < 0) {
			fprintf(stderr, "simulator: port %d was taken while a machine was off line\n", listener->port);
			exit(70); /* EX_SOFTWARE */
		}
		simPollChange(&listener->poll, listener->hasReadable ? EPOLLIN : 0);
		simListening(link->machine, "tcp", listener->port);
	}
	else {
		simPollChange(&listener->poll, 0);
		shutdown(listener->poll.fd, SHUT_RD);
	}
}

/*
 * Gives a socket that keeps its port although it does not listen: Linux lets go only of ports that it chose itself,
 * so those are chosen by one socket and taken by another. -1: `errno` says why.
 */
static int keepPort(struct sockaddr_in *address) {
	int one = 1;
	int fds[2] = {-1, -1};
	int count = address->sin_port ? 1 : 2;
	bool done = true;
	for (int i = 0; done && i < count; i++) {
		socklen_t size = sizeof(*address);
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		done = fds[i] >= 0 && !setsockopt(fds[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) &&
		       !bind(fds[i], (struct sockaddr *)address, sizeof(*address)) &&
		       !getsockname(fds[i], (struct sockaddr *)address, &size);
	}
	int error = errno;
	if (count == 2 && fds[0] >= 0)
		close(fds[0]);
	if (!done && fds[count - 1] >= 0)
		close(fds[count - 1]);
	errno = error;
	return done ? fds[count - 1] : -1;
}

void xs_listener(xsMachine *the) {
	xsmcVars(2);
	struct sockaddr_in address;
	socketNeedsInterface(the);
	Listener *listener = calloc(1, sizeof(*listener));
	if (!listener)
		xsUnknownError("no memory");
	listener->poll.fd = -1;
	listener->poll.machine = simMachine(the);
	listener->poll.callback = event;
	xsmcSetHostData(xsThis, listener);
	xsSetHostHooks(xsThis, &listenerHooks);
	listener->hasReadable = socketCallback(the, &xsArg(0), "onReadable", &listener->onReadable);
	double port = socketOption(the, &xsArg(0), "port", &xsVar(0)) ? xsmcToNumber(xsVar(0)) : 0;
	bool given = socketOption(the, &xsArg(0), "address", &xsVar(1));
	socketAddress(the, given ? xsmcToString(xsVar(1)) : "127.0.0.1", port, &address);
	int fd = keepPort(&address);
	if (fd < 0)
		xsUnknownError("port %d: %s", (int)port, strerror(errno));
	/* Another's socket may have the port too until it listens. */
	if (listen(fd, BACKLOG) < 0) {
		int error = errno;
		close(fd);
		xsUnknownError("port %d: %s", (int)port, strerror(error));
	}
	shutdown(fd, SHUT_RD);
	listener->poll.fd = fd;
	listener->port = ntohs(address.sin_port);
	listener->object = xsThis;
	xsRemember(listener->object);
	simPollAdd(&listener->poll, 0);
	listener->link.machine = simMachine(the);
	listener->link.callback = linked;
	simLinkListen(&listener->link);
	linked(&listener->link, simLink(simMachine(the)));
}

void xs_listener_accept(xsMachine *the) {
	Listener *listener = toListener(the);
	if (!listener->listening)
		return;
	int fd = accept4(listener->poll.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (listener->hasReadable)
		simPollChange(&listener->poll, EPOLLIN);
	if (fd >= 0)
		xsmcSetInteger(xsResult, fd);
}

void xs_listener_port(xsMachine *the) {
	xsmcSetInteger(xsResult, toListener(the)->port);
}

void xs_listener_close(xsMachine *the) {
	Listener *listener = fxGetHostDataValidate(the, &xsThis, (void *)&listenerHooks);
	if (!listener)
		return;
	xsForget(listener->object);
	xsmcSetHostData(xsThis, NULL);
	deleteListener(listener);
}
