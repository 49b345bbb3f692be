/* simulator SCENARIO.json: commands on standard input, events on standard output, one JSON object a line each. */
#include "host.h"

int main(int argc, char **argv) {
	if (argc != 2) {
		fprintf(stderr, "usage: %s SCENARIO.json\n", argv[0]);
		return 64; /* EX_USAGE */
	}
	signal(SIGPIPE, SIG_IGN);
	simSupervisorStart(argv[1]);
	simLoop();
	while (simMachines) {
		simMachineEnd(simMachines, SIM_STOPPED);
		simSettle();
	}
	simOutputFlush();
	fxDeleteMachine(simSupervisor->the);
	return 0;
}
