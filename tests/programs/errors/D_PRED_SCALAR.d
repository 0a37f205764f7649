/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN /"text"/ { exit(0); }
