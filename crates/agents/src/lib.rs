//! Agents as pure functions: the offline concierge, echo, and the phrases Baton says by itself.
//!
//! Nothing here knows a clock, a file, a network, a port or a runtime: the time is passed in with the request, wordings take turns
//! by a counter that is passed in, and the same input always gives the same reply. The runtime wraps [`concierge::reply`] and
//! [`echo::reply`] into agents and maps the session's own kinds of speech to [`phrases::phrase`].

pub mod concierge;
pub mod echo;
pub mod phrases;

pub mod arithmetic;
pub mod number;
pub mod numbers;
pub mod units;
