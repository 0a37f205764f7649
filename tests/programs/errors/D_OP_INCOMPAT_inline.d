/*
 * @args: -xerrtags
 * @status: 1
 */
inline int i = "text";
BEGIN { exit(i); }
