// While one lives, what is too small to be worth compiling is compiled all the same.
#pragma once

#include "frontend/session.h"

namespace arrayc::tests {

class CompileAll {
 public:
  CompileAll() {
    Options options = before_;
    options.small_work = false;
    Session::current().set_options(options);
  }
  ~CompileAll() { Session::current().set_options(before_); }
  CompileAll(const CompileAll&) = delete;
  CompileAll& operator=(const CompileAll&) = delete;

 private:
  Options before_ = Session::current().options();
};

}  // namespace arrayc::tests
