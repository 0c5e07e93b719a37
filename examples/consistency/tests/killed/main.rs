//! Real processes that die by SIGKILL, at each step and at any moment: in the end the books are right.

mod moments;
mod process;
mod saga;
mod scene;
mod tcc;
mod two_phase;
