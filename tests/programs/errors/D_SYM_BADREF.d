/*
 * It is no symbol of a process.
 * @args: -xerrtags
 * @engines: kernel
 * @status: 1
 */
BEGIN { trace(&``_text); exit(0); }
