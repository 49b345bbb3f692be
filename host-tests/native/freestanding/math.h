/* What the engine uses of it, for a cross compiler that comes without a C library. */
float expf(float x);
float expm1f(float x);
float floorf(float x);
float fabsf(float x);
float logf(float x);
float roundf(float x);
float sqrtf(float x);
float tanhf(float x);
double exp(double x);
double floor(double x);
