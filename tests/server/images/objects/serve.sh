# serve.sh server -dir=DIR -s3 -s3.port=PORT -s3.config=FILE: as `weed` is called.
set -euo pipefail
for argument; do
  case $argument in
    -dir=*) DIR=${argument#*=} ;;
    -s3.port=*) PORT=${argument#*=} ;;
    -s3.config=*) IDENTITIES=${argument#*=} ;;
  esac
done
mkdir -p "$DIR"/{etc,srv/d1,cache}
cd "$DIR/etc"
printf '[swift-hash]\nswift_hash_path_suffix = s\nswift_hash_path_prefix = p\n[storage-policy:0]\nname = one\ndefault = yes\n' >swift.conf
export PYTHONPATH=/
mkdir -p /etc/swift && ln -sf "$DIR/etc/swift.conf" /etc/swift/swift.conf
port=6200
for name in account container object; do
  port=$((port + 1))
  if [ ! -f $name.ring.gz ]; then
    swift-ring-builder $name.builder create 6 1 1 >/dev/null
    swift-ring-builder $name.builder add r1z1-127.0.0.1:$port/d1 1 >/dev/null
    swift-ring-builder $name.builder rebalance >/dev/null
  fi
  printf '[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = %s\nworkers = 1\nuser = root\nswift_dir = %s\ndevices = %s\nmount_check = false\nrecon_cache_path = %s\n[pipeline:main]\npipeline = %s-server\n[app:%s-server]\nuse = egg:swift#%s\n' \
    $port "$DIR/etc" "$DIR/srv" "$DIR/cache" $name $name $name >$name.conf
  swift-$name-server $name.conf &
done
cat >proxy.conf <<C
[DEFAULT]
bind_ip = 0.0.0.0
bind_port = $PORT
workers = 2
user = root
swift_dir = $DIR/etc
[pipeline:main]
pipeline = catch_errors cache listing_formats bulk s3api identity slo dlo versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:identity]
paste.filter_factory = identity:filter_factory
identities = $IDENTITIES
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:11211
C
for filter in catch_errors listing_formats bulk slo dlo versioned_writes; do
  printf '[filter:%s]\nuse = egg:swift#%s\n' $filter $filter >>proxy.conf
done
memcached -u nobody -l 127.0.0.1 &
exec swift-proxy-server proxy.conf
