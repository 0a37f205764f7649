/*
 * @args: -xerrtags
 * @status: 1
 */
inline int strlen = 1;
BEGIN { exit(0); }
