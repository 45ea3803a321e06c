# docker build -t speedlab .
# docker run --rm -p 127.0.0.1:8888:8888 --shm-size=1g speedlab
# Then open the address that it prints. docs/platforms.md says what was tried.
FROM python:3.13-slim-bookworm

RUN useradd --create-home learner && install -d -o learner /course
USER learner
WORKDIR /course
COPY --chown=learner . .

# The first start does the set-up; here it becomes part of the image.
RUN python start.py -- speedlab doctor

EXPOSE 8888
CMD ["python", "start.py", "--no-browser", "--ip", "0.0.0.0"]
