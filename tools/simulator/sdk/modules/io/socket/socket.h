/* What the sockets share. */
#ifndef SOCKET_H
#define SOCKET_H

#include "natives.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The option's function; false and undefined when there is none; throws a TypeError for anything else. */
bool socketCallback(xsMachine *the, xsSlot *options, const char *name, xsSlot *callback);
/* Throws when `port` is out of range or `address` cannot be had. */
void socketAddress(xsMachine *the, const char *address, double port, struct sockaddr_in *result);
/* Throws where a board has no interface yet: ESP-IDF ends a program that makes a socket then, and the SDK looks first.
 */
void socketNeedsInterface(xsMachine *the);
bool socketOption(xsMachine *the, xsSlot *options, const char *name, xsSlot *value);

#endif
