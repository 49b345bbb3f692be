/* What the engine uses of it, for a cross compiler that comes without a C library. */
float expf(float x);
