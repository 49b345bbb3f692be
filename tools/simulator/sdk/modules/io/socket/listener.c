#include "socket.h"

#include <arpa/inet.h>

#define BACKLOG 128

typedef struct {
	SimPoll poll;
	xsSlot object;
	xsSlot onReadable;
	bool hasReadable;
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

void xs_listener(xsMachine *the) {
	xsmcVars(2);
	struct sockaddr_in address;
	int one = 1;
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
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		xsUnknownError("no socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0) {
		int error = errno;
		close(fd);
		xsUnknownError("port %d: %s", (int)port, strerror(error));
	}
	listener->poll.fd = fd;
	listener->object = xsThis;
	xsRemember(listener->object);
	simPollAdd(&listener->poll, listener->hasReadable ? EPOLLIN : 0);
	socklen_t size = sizeof(address);
	getsockname(fd, (struct sockaddr *)&address, &size);
	simListening(simMachine(the), ntohs(address.sin_port));
}

void xs_listener_accept(xsMachine *the) {
	Listener *listener = toListener(the);
	int fd = accept4(listener->poll.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (listener->hasReadable)
		simPollChange(&listener->poll, EPOLLIN);
	if (fd >= 0)
		xsmcSetInteger(xsResult, fd);
}

void xs_listener_port(xsMachine *the) {
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	getsockname(toListener(the)->poll.fd, (struct sockaddr *)&address, &size);
	xsmcSetInteger(xsResult, ntohs(address.sin_port));
}

void xs_listener_close(xsMachine *the) {
	Listener *listener = fxGetHostDataValidate(the, &xsThis, (void *)&listenerHooks);
	if (!listener)
		return;
	xsForget(listener->object);
	xsmcSetHostData(xsThis, NULL);
	deleteListener(listener);
}
