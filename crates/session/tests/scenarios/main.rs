//! The rows of the conversation scenarios, each a test by its id.
//!
//! A row is a function that plays one or more scripts, asserts the row's outcome and hands the scripts back; the
//! timelines are snapshots for the reader. All rows together are run once more to compare the passages of the floor
//! they make with the machine's own diagram, and to replay their journals.

mod script;

/// Declares the rows of one group: a test each, and a list of them all.
macro_rules! rows {
    ($($name:ident => $body:expr;)*) => {
        pub(crate) const ROWS: &[(&str, fn() -> Vec<crate::script::Script>)] = &[$((stringify!($name), $body),)*];
        $(
            #[test]
            fn $name() {
                let body: fn() -> Vec<crate::script::Script> = $body;
                let timelines: Vec<_> = body().iter().map(|script| script.timeline().to_owned()).collect();
                insta::assert_snapshot!(stringify!($name), timelines.join("\n----\n\n"));
            }
        )*
    };
}

mod barging;
mod beside;
mod false_alarms;
mod hearing;
mod idling;
mod races;
mod replay;
mod starting;
mod trouble;
mod turns;
mod typing;
