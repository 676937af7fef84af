// The no_implicit_eval scopes of the calling thread.
#pragma once

namespace arrayc::detail {

bool implicit_evaluation_forbidden();

}  // namespace arrayc::detail
