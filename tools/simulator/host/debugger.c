/* The connection to xsbug, whose protocol is in XS; blocking, as the engine expects. */
#include "host.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#ifdef mxDebug

static void debuggerReadable(xsMachine *the, void *data) {
	fxDebugCommand(the);
}

static void debuggerEvent(SimPoll *poll, uint32_t events) {
	simEnter(poll->machine, debuggerReadable, NULL);
}

void fxConnect(txMachine *the) {
	char host[256] = "";
	const char *where = getenv("XSBUG_HOST");
	SimMachine *machine = the->machine;
	/* Not the supervisor and not the roots: what one debugs are devices. */
	if (!where || machine == &machine->app->root)
		return;
	snprintf(host, sizeof(host), "%s", where);
	char *colon = strrchr(host, ':');
	const char *port = "5002";
	if (colon) {
		*colon = 0;
		port = colon + 1;
	}
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *address;
	if (getaddrinfo(host, port, &hints, &address))
		return;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;
	if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		the->connection = fd;
	}
	else if (fd >= 0)
		close(fd);
	freeaddrinfo(address);
	if (the->connection != mxNoSocket) {
		machine->debugger.fd = fd;
		machine->debugger.machine = machine;
		machine->debugger.callback = debuggerEvent;
		simPollAdd(&machine->debugger, EPOLLIN);
		machine->sources--; /* the debugger alone does not keep a machine waiting */
	}
}

void fxDisconnect(txMachine *the) {
	if (the->connection == mxNoSocket)
		return;
	if (the->machine->debugger.callback) {
		simPollRemove(&the->machine->debugger);
		the->machine->debugger.callback = NULL;
		the->machine->sources++;
	}
	close(the->connection);
	the->connection = mxNoSocket;
}

txBoolean fxIsConnected(txMachine *the) {
	return the->connection != mxNoSocket;
}

txBoolean fxIsReadable(txMachine *the) {
	struct pollfd readable = {.fd = the->connection, .events = POLLIN};
	return the->connection != mxNoSocket && poll(&readable, 1, 0) > 0;
}

void fxReceive(txMachine *the) {
	the->debugOffset = 0;
	if (the->connection == mxNoSocket)
		return;
	ssize_t count;
	do
		count = read(the->connection, the->debugBuffer, sizeof(the->debugBuffer) - 1);
	while (count < 0 && errno == EINTR);
	if (count <= 0)
		fxDisconnect(the);
	else
		the->debugOffset = (txSize)count;
	the->debugBuffer[the->debugOffset] = 0;
}

void fxSend(txMachine *the, txBoolean more) {
	const char *bytes = the->echoBuffer;
	size_t count = (size_t)the->echoOffset;
	while (count && the->connection != mxNoSocket) {
		ssize_t sent = send(the->connection, bytes, count, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0) {
			fxDisconnect(the);
			break;
		}
		bytes += sent;
		count -= (size_t)sent;
	}
}

#endif
