//! The `promptreg` binary.

fn main() -> std::process::ExitCode {
    promptreg::cli::run()
}
