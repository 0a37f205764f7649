/*
 * @args: -xerrtags
 * @status: 1
 */
struct out { int o; };
translator struct out < int T > {
	o = "text";
};
BEGIN { exit(0); }
