//! Prints the machine's state diagram as Mermaid text: `cargo run --example diagram -p baton-session`.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

fn main() {
    print!("{}", baton_session::state_diagram());
}
