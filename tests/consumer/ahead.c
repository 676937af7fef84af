/* Calls a kernel that was compiled ahead of time; nothing of arrayc is linked. */
#include <stdio.h>

#include "weighted.h"

int main(void) {
  const double x[3] = {1, 2, 3};
  const double w[3] = {0.5, 0.25, 1};
  double result = 0;
  if (weighted(x, w, &result, 3) != 0) return 1;
  printf("%g\n", result);
  return 0;
}
