//! Time as a driver sees it.

use async_trait::async_trait;
use baton_types::Timestamp;

/// Monotonic time since the session began.
///
/// A real clock sleeps. A virtual one belongs to its driver, which moves it when nothing is outstanding; the port
/// exists so that everything around a session asks the same clock.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now; never goes back.
    fn now(&self) -> Timestamp;

    /// Returns when `now() >= deadline`; at once if that is so already. May be dropped at any point.
    async fn sleep_until(&self, deadline: Timestamp);
}
