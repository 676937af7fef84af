// How many processors this process may use.
#pragma once

#include <string>

namespace arrayc::runtime {

// Processors in the calling thread's affinity mask, at most the cgroup's quota rounded up; at
// least 1. `counted`: processors of this process that were counted before the thread was bound to
// fewer.
int available_cpus(int counted = 0);

// The CPU quota of the control group in `proc_cgroup` (the text of /proc/self/cgroup) and of the
// groups above it, rounded up to whole processors; 0 where there is none. `mount` is where the
// control groups are mounted (/sys/fs/cgroup); versions 1 and 2.
int cgroup_cpus(const std::string& proc_cgroup, const std::string& mount);

}  // namespace arrayc::runtime
