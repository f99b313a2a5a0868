# jenkins job 3: add neurons until accuracy is fine
import re, subprocess
code = open('fit_net.py').read()
n = int(re.search(r'HIDDEN = (\d+)', code).group(1))
acc = float(open('accuracy.txt').read())
if acc < 0.8:
    open('fit_net.py', 'w').write(code.replace('HIDDEN = %d' % n, 'HIDDEN = %d' % (n * 2)))
    subprocess.call(['python3', 'fit_net.py'])
