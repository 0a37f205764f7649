/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { x = (uintptr_t)curpsinfo; exit(0); }
