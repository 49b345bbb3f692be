/* The machines' radios as their apps and sockets see them. What is in the air is the supervisor's. */
#include "host.h"

const SimRadio *simRadio(SimMachine *machine) {
	return &machine->radio;
}

/* A locally administered address that depends on the machine's name alone. */
void simRadioAddress(SimMachine *machine, bool accessPoint, uint8_t address[6]) {
	uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a */
	for (const char *p = machine->name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001B3u;
	for (int i = 0; i < 6; i++)
		address[i] = (uint8_t)(hash >> (8 * i));
	address[0] = 0x02;
	address[5] = (uint8_t)((address[5] & 0xFE) + accessPoint);
}

/* Messages reach the app from the loop, in order, as they are posted to its task on a board. */
static void tell(SimPoll *poll, uint32_t events) {
	SimMachine *machine = poll->machine;
	SimRadioMessage *message = machine->radioMessages;
	machine->radioMessages = message->next;
	if (machine->radioMessages)
		simPollSoon(poll);
	SimRadioListener *listener = machine->radioListeners;
	while (listener) {
		machine->nextRadioListener = listener->next;
		listener->callback(listener, &message->event);
		listener = machine->nextRadioListener;
	}
	free(message);
}

void simRadioTell(SimMachine *machine, const SimRadioEvent *event) {
	SimRadioMessage *message = malloc(sizeof(*message));
	if (!message)
		abort();
	*message = (SimRadioMessage){.event = *event};
	SimRadioMessage **address = &machine->radioMessages;
	while (*address)
		address = &(*address)->next;
	*address = message;
	machine->radioTeller.fd = -1;
	machine->radioTeller.machine = machine;
	machine->radioTeller.callback = tell;
	simPollSoon(&machine->radioTeller);
}

void simRadioListen(SimRadioListener *listener) {
	SimRadioListener **address = &listener->machine->radioListeners;
	while (*address)
		address = &(*address)->next;
	listener->next = NULL;
	*address = listener;
	listener->machine->sources++;
}

void simRadioIgnore(SimRadioListener *listener) {
	SimMachine *machine = listener->machine;
	SimRadioListener **address = &machine->radioListeners;
	while (*address && *address != listener)
		address = &(*address)->next;
	if (!*address)
		return;
	*address = listener->next;
	if (machine->nextRadioListener == listener)
		machine->nextRadioListener = listener->next;
	machine->sources--;
	simTouch(machine);
}

SimLink simLink(SimMachine *machine) {
	return machine->link;
}

void simLinkSet(SimMachine *machine, SimLink link) {
	SimLink before = machine->link;
	machine->link = link;
	if (before.carries == link.carries && before.routes == link.routes && before.hasInterface == link.hasInterface)
		return;
	SimLinkListener *next;
	for (SimLinkListener *listener = machine->linkListeners; listener; listener = next) {
		next = listener->next;
		listener->callback(listener, link);
	}
}

void simLinkListen(SimLinkListener *listener) {
	SimLinkListener **address = &listener->machine->linkListeners;
	while (*address)
		address = &(*address)->next;
	listener->next = NULL;
	*address = listener;
}

void simLinkIgnore(SimLinkListener *listener) {
	SimLinkListener **address = &listener->machine->linkListeners;
	while (*address && *address != listener)
		address = &(*address)->next;
	if (*address)
		*address = listener->next;
}

void simRadioClose(SimMachine *machine) {
	simPollForget(&machine->radioTeller);
	while (machine->radioMessages) {
		SimRadioMessage *message = machine->radioMessages;
		machine->radioMessages = message->next;
		free(message);
	}
	/* What its sockets left behind goes too. */
	simLinkSet(machine, (SimLink){0});
}
