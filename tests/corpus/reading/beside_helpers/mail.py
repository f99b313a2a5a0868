import smtplib
from email.mime.text import MIMEText
msg = MIMEText('model trained, accuracy ' + open('accuracy.txt').read())
msg['Subject'] = 'training'
s = smtplib.SMTP('smtp.gmail.com', 587)
s.starttls()
s.sendmail('me@example.org', ['dev@example.org'], msg.as_string())
