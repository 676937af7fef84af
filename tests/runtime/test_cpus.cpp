#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/cpus.h"
#include "tests/catch.h"

using namespace arrayc::runtime;
namespace fs = std::filesystem;

namespace {

// A folder that stands for /sys/fs/cgroup.
class Mount {
 public:
  Mount() : root_(fs::temp_directory_path() / ("arrayc-cgroup-" + std::to_string(getpid()))) {}
  ~Mount() { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::string path() const { return root_.string(); }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("at least one processor is available") { CHECK(available_cpus() >= 1); }

TEST_CASE("cgroup version 2: the tightest quota of the group and those above it") {
  Mount mount;
  CHECK(cgroup_cpus("0::/a/b\n", mount.path()) == 0);
  mount.write("a/b/cpu.max", "max 100000\n");
  CHECK(cgroup_cpus("0::/a/b\n", mount.path()) == 0);
  mount.write("a/cpu.max", "350000 100000\n");
  CHECK(cgroup_cpus("0::/a/b\n", mount.path()) == 4);
  mount.write("a/b/cpu.max", "200000 100000\n");
  CHECK(cgroup_cpus("0::/a/b\n", mount.path()) == 2);
  CHECK(cgroup_cpus("0::/a\n", mount.path()) == 4);
  mount.write("cpu.max", "5000 100000\n");  // a container sees its own group as the root
  CHECK(cgroup_cpus("0::/\n", mount.path()) == 1);
  CHECK(cgroup_cpus("0::/not/there\n", mount.path()) == 1);
}

TEST_CASE("cgroup version 1: quota and period are two files") {
  Mount mount;
  const std::string groups = "7:memory:/x\n3:cpu,cpuacct:/x\n";
  CHECK(cgroup_cpus(groups, mount.path()) == 0);
  mount.write("cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
  mount.write("cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  CHECK(cgroup_cpus(groups, mount.path()) == 0);
  mount.write("cpu,cpuacct/x/cpu.cfs_quota_us", "150000\n");
  CHECK(cgroup_cpus(groups, mount.path()) == 2);
  mount.write("cpu/cpu.cfs_quota_us", "50000\n");
  mount.write("cpu/cpu.cfs_period_us", "100000\n");
  CHECK(cgroup_cpus(groups, mount.path()) == 1);
  CHECK(cgroup_cpus("3:cpuset:/x\n", mount.path()) == 0);
}

TEST_CASE("damaged control group files mean no limit") {
  Mount mount;
  mount.write("cpu.max", "nonsense");
  CHECK(cgroup_cpus("0::/\n", mount.path()) == 0);
  mount.write("cpu.max", "100000 0\n");
  CHECK(cgroup_cpus("0::/\n", mount.path()) == 0);
  CHECK(cgroup_cpus("no colons\n:\n", mount.path()) == 0);
  CHECK(cgroup_cpus("", mount.path()) == 0);
}
