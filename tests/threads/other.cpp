// Compiled for the OpenMP runtime that the program's compiler does not use.
extern "C" void run_in_other_runtime(int threads, void (*body)()) {
#pragma omp parallel num_threads(threads)
  body();
}
