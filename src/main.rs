//! The `promptreg` binary.

/// A registry is many small values, made on all cores: the system's allocator needs half as much again for them, in time
/// and in memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    promptreg::cli::run()
}
