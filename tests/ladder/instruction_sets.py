"""The instruction sets that kernel files are tested for, and how each runs on this machine."""

import pathlib
import shutil
import subprocess

# What Linux calls the instructions beyond the level before.
FLAGS = {
    "x86-64-v2": {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"},
    "x86-64-v3": {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"},
    "x86-64-v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}
X86, ARM = "x86_64-linux-gnu", "aarch64-linux-gnu"
# Name, system, what a processor must have, and the emulator's processor that has it: its AVX-512
# is none.
SETS = [
    ("x86-64-v2", X86, ["x86-64-v2"], "Nehalem"),
    ("x86-64-v3", X86, ["x86-64-v2", "x86-64-v3"], "Haswell"),
    # Code in lanes of 64 bytes on registers of 32, for processors without AVX-512.
    ("x86-64-v3-512", X86, ["x86-64-v2", "x86-64-v3"], "Haswell"),
    ("x86-64-v4", X86, ["x86-64-v2", "x86-64-v3", "x86-64-v4"], None),
    ("armv8-a", ARM, None, "cortex-a57"),
]


def host_flags():
    """The flags of this machine's processor; nothing on another architecture."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            return set(line.partition(":")[2].split())
    return set()


# Where the processor has AVX-512, the ladder's own rungs are for it, and the wide lanes on narrow
# registers need not run for all files.
ALSO_WIDE = ("elementwise", "reductions")


def how_to_run(system, levels, emulated):
    """(compiler, launcher, how) or, where it does not run here, (None, None, why)."""
    machine = system.partition("-")[0]
    here = pathlib.Path("/lib64/ld-linux-x86-64.so.2").exists() == (machine == "x86_64")
    compiler = "gcc" if here else f"{system}-gcc -static"
    if here and (levels is None or set().union(*(FLAGS[n] for n in levels)) <= host_flags()):
        return compiler, "", "by this processor"
    if emulated is None:
        return None, None, "this processor lacks it, and the emulator too"
    for program in (compiler.split()[0], f"qemu-{machine}"):
        if not shutil.which(program):
            return None, None, f"there is no {program}"
    return compiler, f"qemu-{machine} -cpu {emulated}", f"by qemu-{machine}"


def run(path, ladder, count, listing, problem):
    """A file's checks for every set. Returns (passed, failed, skipped)."""
    if problem:
        print(f"{path.name}: {problem}")
        return 0, count, 0
    passed = failed = skipped = 0
    avx512 = set().union(*FLAGS.values()) <= host_flags()
    for name, system, levels, emulated in SETS if count else []:
        if avx512 and name == "x86-64-v4":
            print(f"instruction set {name}: run by this processor, as native")
            continue
        if avx512 and name == "x86-64-v3-512" and path.stem not in ALSO_WIDE:
            continue
        compiler, launcher, how = how_to_run(system, levels, emulated)
        if compiler is None:
            print(f"instruction set {name}: skipped, {how}")
            skipped += count
            continue
        command = [ladder, str(path), str(listing), system, name, compiler, launcher]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        good = 0
        for line in done.stdout.splitlines():
            good += line.startswith("ok ")
            if not line.startswith("ok "):
                print(f"{path.name} for {name}: {line}")
        if good < count:
            print(f"{path.name} for {name}: {count - good} of {count} failed,"
                  f" status {done.returncode}", done.stderr.strip())
        print(f"instruction set {name}: run {how}")
        passed, failed = passed + good, failed + count - good
    return passed, failed, skipped
