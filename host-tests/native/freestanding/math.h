/* What the engine uses of it, for a cross compiler that comes without a C library. */
float sinf(float x);
float cosf(float x);
float ceilf(float x);
float expf(float x);
float expm1f(float x);
float fmodf(float x, float y);
float floorf(float x);
float fabsf(float x);
float logf(float x);
float roundf(float x);
float sqrtf(float x);
float tanhf(float x);
double floor(double x);
double sqrt(double x);
