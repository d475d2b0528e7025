//! Templates: parse within limits, variables, rendering to messages.
