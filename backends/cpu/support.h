// The functions that every object made ahead of time brings along, as LLVM IR; all internal.
#pragma once

#include <string_view>

namespace arrayc::backends {

// Descriptors are arrayc_array of abi.h: data at 0, dtype at 8, ndim at 12, shape at 16, strides at
// 24. Byte counts saturate at 2^62, which no allocation gives.
inline constexpr std::string_view support_text = R"(
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.umin.i64(i64, i64)
declare { i64, i1 } @llvm.umul.with.overflow.i64(i64, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare ptr @malloc(i64)
declare void @free(ptr)

; Rounds to minus infinity; nothing traps.
define internal i64 @arrayc.floor_div(i64 %a, i64 %b) nounwind {
  %zero = icmp eq i64 %b, 0
  %minus = icmp eq i64 %b, -1
  %special = or i1 %zero, %minus
  %divisor = select i1 %special, i64 1, i64 %b
  %quotient = sdiv i64 %a, %divisor, !arrayc.guarded !{!"arrayc.floor_div"}
  %rest = srem i64 %a, %divisor, !arrayc.guarded !{!"arrayc.floor_div"}
  %inexact = icmp ne i64 %rest, 0
  %signs = xor i64 %rest, %divisor
  %differ = icmp slt i64 %signs, 0
  %down = and i1 %inexact, %differ
  %less = sext i1 %down to i64
  %floored = add i64 %quotient, %less
  %negated = sub i64 0, %a
  %other = select i1 %minus, i64 %negated, i64 %floored
  %result = select i1 %zero, i64 0, i64 %other
  ret i64 %result
}

define internal i64 @arrayc.bytes(i64 %count, i64 %item) nounwind {
  %product = call { i64, i1 } @llvm.umul.with.overflow.i64(i64 %count, i64 %item)
  %bytes = extractvalue { i64, i1 } %product, 0
  %over = extractvalue { i64, i1 } %product, 1
  %least = call i64 @llvm.umin.i64(i64 %bytes, i64 4611686018427387904)
  %result = select i1 %over, i64 4611686018427387904, i64 %least
  ret i64 %result
}

; The start of the next array in a block of memory, 64-byte aligned.
define internal i64 @arrayc.after(i64 %offset, i64 %bytes) nounwind {
  %end = add i64 %offset, %bytes
  %up = add i64 %end, 63
  %even = and i64 %up, -64
  %result = call i64 @llvm.umin.i64(i64 %even, i64 4611686018427387904)
  ret i64 %result
}

; Whether an array is C-contiguous; one without elements is.
define internal i1 @arrayc.contiguous(ptr %array, i64 %item) nounwind {
entry:
  %ndim.at = getelementptr i8, ptr %array, i64 12
  %ndim32 = load i32, ptr %ndim.at
  %ndim = sext i32 %ndim32 to i64
  %shape.at = getelementptr i8, ptr %array, i64 16
  %shape = load ptr, ptr %shape.at
  %strides.at = getelementptr i8, ptr %array, i64 24
  %strides = load ptr, ptr %strides.at
  br label %test
test:
  %left = phi i64 [ %ndim, %entry ], [ %axis, %axes ]
  %expected = phi i64 [ %item, %entry ], [ %wider, %axes ]
  %good = phi i1 [ true, %entry ], [ %still, %axes ]
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %axes, label %done
axes:
  %axis = sub i64 %left, 1
  %extent.at = getelementptr i64, ptr %shape, i64 %axis
  %extent = load i64, ptr %extent.at
  %stride.at = getelementptr i64, ptr %strides, i64 %axis
  %stride = load i64, ptr %stride.at
  %same = icmp eq i64 %stride, %expected
  %one = icmp eq i64 %extent, 1
  %fits = or i1 %same, %one
  %still = and i1 %good, %fits
  %wider = mul i64 %expected, %extent
  %none = icmp eq i64 %extent, 0
  br i1 %none, label %empty, label %test
empty:
  ret i1 true
done:
  ret i1 %good
}

define internal void @arrayc.dense_strides(ptr %strides, ptr %shape, i64 %ndim, i64 %item)
    nounwind {
entry:
  br label %test
test:
  %left = phi i64 [ %ndim, %entry ], [ %axis, %axes ]
  %stride = phi i64 [ %item, %entry ], [ %wider, %axes ]
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %axes, label %done
axes:
  %axis = sub i64 %left, 1
  %at = getelementptr i64, ptr %strides, i64 %axis
  store i64 %stride, ptr %at
  %extent.at = getelementptr i64, ptr %shape, i64 %axis
  %extent = load i64, ptr %extent.at
  %wider = mul i64 %stride, %extent
  br label %test
done:
  ret void
}

; Element by element, one level of calls for each axis.
define internal void @arrayc.copy(ptr %to, ptr %to_strides, ptr %from, ptr %from_strides,
                                  ptr %shape, i64 %ndim, i64 %item) nounwind {
entry:
  %leaf = icmp eq i64 %ndim, 0
  br i1 %leaf, label %element, label %axis
element:
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %item, i1 false)
  ret void
axis:
  %extent = load i64, ptr %shape
  %to_stride = load i64, ptr %to_strides
  %from_stride = load i64, ptr %from_strides
  %to_inner = getelementptr i64, ptr %to_strides, i64 1
  %from_inner = getelementptr i64, ptr %from_strides, i64 1
  %shape_inner = getelementptr i64, ptr %shape, i64 1
  %inner = sub i64 %ndim, 1
  br label %test
test:
  %i = phi i64 [ 0, %axis ], [ %next, %step ]
  %more = icmp slt i64 %i, %extent
  br i1 %more, label %step, label %done
step:
  %to_offset = mul i64 %i, %to_stride
  %from_offset = mul i64 %i, %from_stride
  %to_at = getelementptr i8, ptr %to, i64 %to_offset
  %from_at = getelementptr i8, ptr %from, i64 %from_offset
  call void @arrayc.copy(ptr %to_at, ptr %to_inner, ptr %from_at, ptr %from_inner,
                         ptr %shape_inner, i64 %inner, i64 %item)
  %next = add i64 %i, 1
  br label %test
done:
  ret void
}

define internal i32 @arrayc.serial(ptr %stage, ptr %slots, i64 %extent) nounwind {
entry:
  %any = icmp sgt i64 %extent, 0
  br i1 %any, label %work, label %done
work:
  %status = call i32 %stage(ptr %slots, i64 0, i64 %extent)
  br label %done
done:
  %result = phi i32 [ 0, %entry ], [ %status, %work ]
  ret i32 %result
}
)";

// Threads: the program's own OpenMP runtime. Needs a float environment.
inline constexpr std::string_view parallel_text = R"(
declare void @GOMP_parallel(ptr, ptr, i32, i32)
declare i32 @omp_get_max_threads()
declare i32 @omp_in_parallel()
declare i32 @omp_get_thread_num()
declare i32 @omp_get_num_threads()

%arrayc.team = type { ptr, ptr, i64, i64, i32 }

; A thread's piece: contiguous, a multiple of `multiple`, which is positive, long.
define internal void @arrayc.worker(ptr %team) nounwind {
entry:
  %environment = call i32 @arrayc.enter()
  %stage = load ptr, ptr %team
  %slots.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 1
  %slots = load ptr, ptr %slots.at
  %extent.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 2
  %extent = load i64, ptr %extent.at
  %multiple.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 3
  %multiple = load i64, ptr %multiple.at
  %thread32 = call i32 @omp_get_thread_num()
  %threads32 = call i32 @omp_get_num_threads()
  %thread = sext i32 %thread32 to i64
  %threads = sext i32 %threads32 to i64
  %up = add i64 %extent, %threads
  %up1 = sub i64 %up, 1
  %share = sdiv i64 %up1, %threads, !arrayc.guarded !{!"arrayc.worker"}
  %over = add i64 %share, %multiple
  %over1 = sub i64 %over, 1
  %groups = sdiv i64 %over1, %multiple, !arrayc.guarded !{!"arrayc.worker"}
  %piece = mul i64 %groups, %multiple
  %begin = mul i64 %thread, %piece
  %limit = add i64 %begin, %piece
  %end = call i64 @llvm.smin.i64(i64 %limit, i64 %extent)
  %any = icmp slt i64 %begin, %end
  br i1 %any, label %work, label %done
work:
  %status = call i32 %stage(ptr %slots, i64 %begin, i64 %end)
  %status.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 4
  %before = atomicrmw umax ptr %status.at, i32 %status monotonic
  br label %done
done:
  call void @arrayc.leave(i32 %environment)
  ret void
}

define internal i32 @arrayc.parallel(ptr %stage, ptr %slots, i64 %extent, i64 %grain,
                                     i64 %multiple) nounwind {
entry:
  %team = alloca %arrayc.team, align 8
  %grain1 = call i64 @llvm.smax.i64(i64 %grain, i64 1)
  %pieces = sdiv i64 %extent, %grain1, !arrayc.guarded !{!"arrayc.parallel"}
  %few = icmp slt i64 %pieces, 2
  br i1 %few, label %alone, label %ask
ask:
  %limit32 = call i32 @omp_get_max_threads()
  %inside32 = call i32 @omp_in_parallel()
  %limit = sext i32 %limit32 to i64
  %threads = call i64 @llvm.smin.i64(i64 %limit, i64 %pieces)
  %single = icmp slt i64 %threads, 2
  %inside = icmp ne i32 %inside32, 0
  %serial = or i1 %single, %inside
  br i1 %serial, label %alone, label %together
alone:
  %status = call i32 @arrayc.serial(ptr %stage, ptr %slots, i64 %extent)
  ret i32 %status
together:
  store ptr %stage, ptr %team
  %slots.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 1
  store ptr %slots, ptr %slots.at
  %extent.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 2
  store i64 %extent, ptr %extent.at
  %multiple.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 3
  store i64 %multiple, ptr %multiple.at
  %status.at = getelementptr %arrayc.team, ptr %team, i64 0, i32 4
  store i32 0, ptr %status.at
  %threads32 = trunc i64 %threads to i32
  call void @GOMP_parallel(ptr @arrayc.worker, ptr %team, i32 %threads32, i32 0)
  %result = load i32, ptr %status.at
  ret i32 %result
}
)";

// Kernels run in IEEE 754's default environment, whatever the caller has set. enter returns what it
// was; where that is the default already, nothing is written (writing waits for all before it).
inline constexpr std::string_view float_environment_x86 = R"(
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)

; 65472: all but the exceptions seen so far: rounding, subnormals, which exceptions are masked.
define internal i32 @arrayc.enter() nounwind {
  %at = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %at)
  %saved = load i32, ptr %at
  %control = and i32 %saved, 65472
  %default = icmp eq i32 %control, 8064
  br i1 %default, label %done, label %set
set:
  store i32 8064, ptr %at
  call void @llvm.x86.sse.ldmxcsr(ptr %at)
  br label %done
done:
  ret i32 %saved
}

define internal void @arrayc.leave(i32 %saved) nounwind {
  %at = alloca i32
  %control = and i32 %saved, 65472
  %default = icmp eq i32 %control, 8064
  br i1 %default, label %done, label %set
set:
  store i32 %saved, ptr %at
  call void @llvm.x86.sse.ldmxcsr(ptr %at)
  br label %done
done:
  ret void
}
)";

inline constexpr std::string_view float_environment_aarch64 = R"(
declare i64 @llvm.aarch64.get.fpcr()
declare void @llvm.aarch64.set.fpcr(i64)

define internal i32 @arrayc.enter() nounwind {
  %fpcr = call i64 @llvm.aarch64.get.fpcr()
  %saved = trunc i64 %fpcr to i32
  %default = icmp eq i32 %saved, 0
  br i1 %default, label %done, label %set
set:
  call void @llvm.aarch64.set.fpcr(i64 0)
  br label %done
done:
  ret i32 %saved
}

define internal void @arrayc.leave(i32 %saved) nounwind {
  %default = icmp eq i32 %saved, 0
  br i1 %default, label %done, label %set
set:
  %fpcr = zext i32 %saved to i64
  call void @llvm.aarch64.set.fpcr(i64 %fpcr)
  br label %done
done:
  ret void
}
)";

}  // namespace arrayc::backends
