#include "runtime/cpus.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace arrayc::runtime {
namespace {

int affinity_cpus() {
  // The kernel refuses masks smaller than its own, so the size grows until it fits.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    std::vector<unsigned long> mask((bytes + sizeof(unsigned long) - 1) / sizeof(unsigned long));
    auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
    if (sched_getaffinity(0, bytes, set) == 0) return std::max(1, CPU_COUNT_S(bytes, set));
  }
  return 1;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Whole processors that `quota` microseconds in each `period` keep busy; 0: no limit.
int quota_cpus(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return 0;
  const double cpus = quota / period;
  if (cpus >= 1 << 20) return 0;
  const int whole = static_cast<int>(cpus);
  return whole < cpus ? whole + 1 : whole;
}

// Version 2: "max 100000" or "150000 100000".
int limit_v2(const std::string& folder) {
  std::istringstream in(read_text(folder + "/cpu.max"));
  double quota = 0;
  double period = 0;
  return in >> quota >> period ? quota_cpus(quota, period) : 0;
}

int limit_v1(const std::string& folder) {
  std::istringstream quota_text(read_text(folder + "/cpu.cfs_quota_us"));
  std::istringstream period_text(read_text(folder + "/cpu.cfs_period_us"));
  double quota = 0;
  double period = 0;
  return quota_text >> quota && period_text >> period ? quota_cpus(quota, period) : 0;
}

int tighter(int a, int b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

// The limit of `group` and of every group above it, up to the mount itself: inside a container the
// group's path may be the host's, and only the mount's root is there to be read.
int limit_upwards(const std::string& mount, std::string group, int (*limit)(const std::string&)) {
  int result = 0;
  while (true) {
    result = tighter(result, limit(mount + group));
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos || group.empty()) return result;
    group.resize(slash);
  }
}

bool lists_cpu(const std::string& controllers) {
  std::istringstream in(controllers);
  for (std::string name; std::getline(in, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

}  // namespace

int cgroup_cpus(const std::string& proc_cgroup, const std::string& mount) {
  int result = 0;
  std::istringstream lines(proc_cgroup);
  for (std::string line; std::getline(lines, line);) {
    // "hierarchy:controllers:path"; version 2 has no controllers.
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (!group.empty() && group.back() == '/') group.pop_back();
    if (controllers.empty()) {
      result = tighter(result, limit_upwards(mount, group, limit_v2));
      // Where both versions are mounted, version 2 is often in a folder of its own.
      result = tighter(result, limit_upwards(mount + "/unified", group, limit_v2));
    } else if (lists_cpu(controllers)) {
      result = tighter(result, limit_upwards(mount + "/" + controllers, group, limit_v1));
      if (controllers != "cpu") {
        result = tighter(result, limit_upwards(mount + "/cpu", group, limit_v1));
      }
    }
  }
  return result;
}

int available_cpus(int counted) {
  const int affinity = std::max(affinity_cpus(), counted);
  const int quota = cgroup_cpus(read_text("/proc/self/cgroup"), "/sys/fs/cgroup");
  return quota == 0 ? affinity : std::min(affinity, quota);
}

}  // namespace arrayc::runtime
