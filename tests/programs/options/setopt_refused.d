/* Options that are used up, and those that are not for a program.
 * @args: -q
 */
BEGIN { setopt("aggsize", "1m"); setopt("strsize", "10"); setopt("bufpolicy", "ring"); setopt("statusrate", "1s"); }
BEGIN { setopt("define", "A"); setopt("engine", "kernel"); setopt("setenv", "A=1"); }
BEGIN { setopt("aggrate", "x"); setopt("quiet", "perhaps"); setopt(""); exit(0); }
