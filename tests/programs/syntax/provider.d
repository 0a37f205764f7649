/* Provider definitions are read and checked; without -G or -h they do nothing. */
#pragma D option quiet

typedef struct info { int code; string name; } info_t;
struct raw { int code; };
translator info_t < struct raw *R > { code = R->code; name = "raw"; };

provider test {
	probe start();
	probe go__on(int, char *);
	probe query(struct raw *r, int n) : (int n, info_t *r);
	probe stop(void);
};
provider test {
	probe start();
	probe go__on(int, char *);
	probe query(struct raw *r, int n) : (int n, info_t *r);
	probe stop(void);
};
provider none { };

#pragma D attributes Evolving/Evolving/Common provider test provider

BEGIN { printf("read\n"); exit(0); }
