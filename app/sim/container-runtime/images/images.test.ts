import { describe, expect, it } from 'vitest';
import { TestContainer } from '../engine/testing.ts';

/** Starts an image as it is, and asks it something from inside. */
async function ask(image: string, script: string, { env = {}, startMs = 6_000 }: { env?: Record<string, string>; startMs?: number } = {}): Promise<string> {
  const box = new TestContainer(image, { command: [], env: Object.entries(env).map(([name, value]) => ({ name, value })) });
  await box.clock.advance(startMs);
  const { out, err } = await box.sh(script, { advanceMs: 5_000 });
  box.dispose();
  return out + err;
}

describe('images', () => {
  it.each<[string, string, string, { env?: Record<string, string> }?]>([
    ['nginx:1.27', "cat > /etc/nginx/conf.d/default.conf <<E\nserver { listen 8080; location /healthz { return 200 'ok'; } location / { root /usr/share/nginx/html; } }\nE\nnginx -s reload 2>/dev/null; sleep 1; curl -s localhost:8080/healthz; curl -s localhost:8080/ | grep -c Welcome; curl -s -o /dev/null localhost:80 || echo closed", 'ok2\nclosed\n'],
    ['nginx:1.27', "curl -sI localhost | tr -d '\\r' | cut -d: -f1; curl -s -o /dev/null -w '%{http_code}\\n' -H \"If-None-Match: $(curl -sI localhost | grep ETag | cut -d' ' -f2 | tr -d '\\r')\" localhost; curl -s -r 0-8 localhost; echo; ls /etc/nginx", 'HTTP/1.1 200 OK\nServer\nDate\nContent-Type\nContent-Length\nLast-Modified\nConnection\nETag\nAccept-Ranges\n\n304\n<!DOCTYPE\nconf.d\nfastcgi_params\nmime.types\nmodules\nnginx.conf\nscgi_params\nuwsgi_params\n'],
    ['nginx:1.27', 'echo "server { listne 80; }" > /etc/nginx/conf.d/bad.conf; nginx -t 2>&1 | tail -2', 'nginx: [emerg] unknown directive "listne" in /etc/nginx/conf.d/bad.conf:1\nnginx: configuration file /etc/nginx/nginx.conf test failed\n'],
    ['redis:7', 'redis-cli set a 1; redis-cli get a; redis-cli incr a; redis-cli ping', 'OK\n1\n2\nPONG\n'],
    ['postgres:16', 'pg_isready; psql -U postgres -c "create table pets (id serial, name text)"; psql -U postgres -c "insert into pets (name) values (\'ada\'), (\'bo\')"; psql -U postgres -tc "select count(*) from pets"; psql -U postgres -c "select * from nope"', '/var/run/postgresql:5432 - accepting connections\nCREATE TABLE\nINSERT 0 2\n 2\n\nERROR:  relation "nope" does not exist\n', { env: { POSTGRES_PASSWORD: 'x' } }],
    ['mysql:8.4', 'mysqladmin -uroot -px ping 2>/dev/null; mysql -uroot -px -e "create database shop; use shop; create table t (id int, name varchar(9)); insert into t values (1, \'a\'); select * from t; show tables" 2>/dev/null; mysql -uroot -e "select 1"', "mysqld is alive\nid\tname\n1\ta\nTables_in_shop\nt\nERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: NO)\n", { env: { MYSQL_ROOT_PASSWORD: 'x' } }],
    ['httpd:2.4', 'head -c 20 htdocs/index.html', '<html><body><h1>It w'],
  ])('%s: %s', async (image, script, expected, options) => {
    expect(await ask(image, script, options)).toBe(expected);
  }, 60_000);

  it('a leaker ends OOMKilled', async () => {
    const box = new TestContainer('orrery/leak', { command: [], resources: { memoryLimitBytes: 32 << 20 } });
    await box.clock.advance(10_000);
    expect(box.container.status()).toMatchObject({ state: 'exited', reason: 'OOMKilled', exitCode: 137 });
    box.dispose();
  });
});
